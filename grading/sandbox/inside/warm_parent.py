"""The warm parent: imports the students' stack once, then forks a supervisor, and its child, for every submission.

It runs in the outer wall, takes orders on one control socket, and holds no secret: each child starts as its copy.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, Final

from .. import scratch
from ..wire import messages
from . import confine, linux
from .confine import NO_WALLS, Walls

_MESSAGE: Final = 1 << 16
_OUTER_MASKS: Final = ("/proc/sysrq-trigger", "/proc/sys", "/proc/irq", "/proc/bus")


def main(descriptor: int, settings: str) -> None:
    """Run the warm parent.

    Parameters
    ----------
    descriptor : int
        The control socket, of type SOCK_SEQPACKET.
    settings : str
        JSON: ``task`` ("probe", "prepare" or "serve"), ``readable`` (paths), ``scratch`` (of the jobs),
        ``own_folder`` (of this process), ``user`` (to become, or null), ``protected`` (false only for --unsafe),
        ``only_landlock`` (do without namespaces), ``modules`` (file name to source, imported beforehand).
    """
    options = json.loads(settings)
    if options["task"] == "prepare":
        _prepare()
        return
    control = socket.socket(fileno=descriptor)
    # This process ends when the control socket closes, however the grader ended. PR_SET_PDEATHSIG is not set on
    # purpose: it would leave no time to kill the children and to delete their files.
    if options["user"] is not None:
        become(options["user"])
    walls = confine.probe(options["readable"]) if options["protected"] else NO_WALLS
    if options["only_landlock"]:
        walls = dataclasses.replace(walls, namespaces=False)
    _introduce(control, walls)
    if options["task"] == "serve":
        _serve(control, walls, options)


def _introduce(control: socket.socket, walls: Walls) -> None:
    """Tell the grader the walls, with a handle on this process: no signal from another user may reach it."""
    myself = os.pidfd_open(os.getpid())
    socket.send_fds(control, [messages.encode({"walls": dataclasses.asdict(walls)})], [myself])
    os.close(myself)


def become(user: int) -> None:
    """Turn from root into an unprivileged user; first unmask /proc, or no child could mount its own."""
    for mask in _OUTER_MASKS:
        try:
            linux.unmount(mask)
        except OSError:  # not masked here
            continue
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    linux.drop_capabilities()


def _prepare() -> None:
    """Fill the caches: bytecode and matplotlib's list of fonts."""
    from . import jobs, shell, warming  # noqa: F401 - imported to be compiled

    warming.warm(shell.make_shell())


def _serve(control: socket.socket, walls: Walls, options: dict[str, Any]) -> None:
    gc.disable()  # importing allocates much and frees little: collecting meanwhile is wasted
    # matplotlib, when it is imported, wants to write beside its list of fonts; else it looks at every font again
    fonts = os.path.join(options["own_folder"], "matplotlib")
    shutil.copytree(os.environ["MPLCONFIGDIR"], fonts, dirs_exist_ok=True)
    os.environ["MPLCONFIGDIR"] = fonts
    from ..wire import arrays  # noqa: F401 - or each child would import it
    from . import jobs, seccomp, shell, warming

    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    warm_shell = shell.make_shell()
    gc.freeze()  # what is imported stays: IPython collects on its own account, more than once
    warming.warm(warm_shell)
    warming.import_modules(options["modules"])
    if walls.seccomp:  # the filter that almost every child will ask for, made once
        seccomp.program(forks=False, private_mounts=walls.namespaces, pid=2)
    shell.forget(warm_shell)
    gc.collect()
    gc.freeze()  # what is frozen is never written by a child's collector, so its memory stays shared
    gc.enable()
    _pack_memory()
    threads = len(os.listdir("/proc/self/task")) if Path("/proc/self/task").exists() else 1
    environment = jobs.JobEnvironment(walls=walls, readable=options["readable"], scratch=options["scratch"])
    forks_into = threads == 1 and linux.can_fork_into()
    WarmParent(control, environment, warm_shell, threads=threads, forks_into=forks_into).serve()
    with contextlib.suppress(OSError):  # a grader that was killed cannot remove it
        scratch.remove(options["scratch"])


def _pack_memory() -> None:
    """Keep the heap in huge pages, so that a fork copies, and an end gives back, fewer entries."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        where, rights, _, _, _, *name = line.split()
        if rights == "rw-p" and name in ([], ["[heap]"]):
            linux.collapse(*(int(end, 16) for end in where.split("-")))


def _wait_for_child_in_namespaces() -> None:
    """Go on in a child that is the first process of new namespaces; this process ends as that one does."""
    linux.die_with_parent()
    confine.enter_namespaces()
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        os._exit(0 if status == 0 else 98)


class WarmParent:
    """Forks on request, kills on request, reaps."""

    def __init__(
        self, control: socket.socket, environment: Any, shell: Any, *, threads: int, forks_into: bool
    ) -> None:
        self.control, self.environment, self.shell = control, environment, shell
        self.threads, self.forks_into = threads, forks_into
        self.jobs: dict[int, int] = {}
        """Numbers of the jobs by the process that watches each."""
        self.siblings: set[int] = set()
        self.wake, self._woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Serve until the grader hangs up, then end all that is left."""
        from . import jobs

        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        self.control.send(messages.encode({"ready": True, "threads": self.threads}))
        self._loop()
        jobs.kill_descendants()

    def _loop(self) -> None:
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self.wake in ready:
                os.read(self.wake, 4096)
                self._reap()
            if self.control.fileno() in ready and not self._obey():
                return

    def _obey(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self.control, _MESSAGE, 2)
        if not data:
            return False
        message = messages.decode(data)
        if "kill" in message:
            for pid, number in self.jobs.items():
                if number == message["kill"]:
                    os.kill(pid, signal.SIGKILL)
            return True
        sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        if "sibling" in message:
            self._sibling(message["sibling"], *sockets)
        else:
            self._start(message, *sockets)
        for ours in sockets:
            ours.close()
        return True

    def _sibling(self, slot: int, control: socket.socket) -> None:
        """Fork a warm parent that serves another process of the grader's, and lasts no longer than this one."""
        try:
            pid = os.fork()
        except OSError:  # that process finds its socket closed, and starts a parent of its own
            return
        if pid == 0:
            try:
                linux.die_with_parent()
                self._forget()
                self.control.close()
                environment = dataclasses.replace(self.environment, first_slot=slot)
                _introduce(control, environment.walls)
                WarmParent(
                    control, environment, self.shell, threads=self.threads, forks_into=self.forks_into
                ).serve()
            finally:
                os._exit(0)
        self.siblings.add(pid)

    def _start(self, message: dict[str, Any], channel: socket.socket, link: socket.socket) -> None:
        from . import jobs

        job = jobs.Job.from_message(message)
        namespaces = self.environment.walls.namespaces
        user, group = os.getuid(), os.getgid()
        try:
            if namespaces and self.forks_into:
                pid, handle = linux.fork_into(confine.NAMESPACES)
            else:
                pid, handle = os.fork(), -1
        except OSError as error:  # no memory or too many processes at this moment: the grader asks once more
            link.send(messages.encode({"ended": job.number, "not set up": str(error)}))
            self.control.send(messages.encode({"closed": job.number}))
            return
        if pid == 0:
            try:
                self._forget()
                self.control.close()
                if namespaces and self.forks_into:
                    confine.map_user(user, group)
                elif namespaces:
                    _wait_for_child_in_namespaces()
                jobs.supervise(job, self.environment, self.shell, channel, link)
                os._exit(0)
            except BaseException:
                traceback.print_exc(file=sys.__stderr__)
            finally:
                os._exit(98)
        self.jobs[pid] = job.number
        if handle >= 0:
            os.close(handle)

    def _forget(self) -> None:
        """In a child: drop what only the parent may use."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.close(self.wake)
        os.close(self._woken)

    def _reap(self) -> None:
        from . import jobs

        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.siblings.discard(pid)
            number = self.jobs.pop(pid, None)
            if number is None:
                continue
            if status != 0:  # a supervisor that failed may have left processes, which are this one's now
                jobs.kill_children(except_for={*self.jobs, *self.siblings})
            self.control.send(messages.encode({"closed": number}))
