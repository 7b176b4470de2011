"""Grade on a Dask cluster: workers hold the unit and a sandbox each, a task is a submission.

Dask spreads the work and repeats what a lost worker had; it never sees the gradebook or the course folder, and
nothing of a run lives in the cluster but the submissions in flight.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
from distributed import Client, KilledWorker, Status, Worker, WorkerPlugin, get_worker

from grading.autograde.cluster_access import (
    cluster_settings,
    connected,
    first_line,
    losses,
    refuse_open,
    security_for,
)
from grading.autograde.executors import GradeAll, Grader, GraderSetup, in_flight
from grading.autograde.versions import difference, versions
from grading.course import Course
from grading.errors import CourseError
from grading.submission.fingerprint import Work
from grading.submission.grade import failed
from grading.submission.results import Result

PATIENCE = 2.0  # seconds without a result after which the cluster's health is asked for
_DASK = {
    "distributed.admin.large-graph-warning-threshold": "1 GiB",  # a notebook of 10 MB is no mistake
    "distributed.client.scheduler-info-interval": "30 s",  # fewer scheduler polls; we show no dashboard
}


@contextmanager
def cluster(course: Course, setup: GraderSetup, address: str) -> Generator[GradeAll, None, None]:
    """Grade on the workers of the Dask scheduler at `address`.

    Raises
    ------
    CourseError
        If the address is open to anybody, nobody answers, a worker's versions differ, or the cluster is lost.
    """
    settings = cluster_settings(course)
    security = security_for(settings, address)
    ours = versions(setup.python)
    there = replace(setup, python=Path(settings.student_python or setup.python))
    _quieten()
    with dask.config.set(_DASK):
        client = connected(address, security, settings)
        worker_grader = WorkerGrader(there, ours, loopback=security is None)
        run = _ClusterRun(client, address, worker_grader, settings.wait_seconds)
        try:
            with losses(address):
                run.prepare()
            yield run.results
        finally:
            run.end()


class _ClusterRun:
    """One class on one cluster."""

    def __init__(self, client: Client, address: str, worker_grader: WorkerGrader, wait_seconds: float) -> None:
        self._client, self._address, self._worker_grader, self._wait_seconds = (
            client,
            address,
            worker_grader,
            wait_seconds,
        )
        self._name = f"grading-{worker_grader.unit.digest[:16]}"
        self._pool = client.get_executor(pure=False)
        self._room, self._counted_at, self._workers_at = 2, 0.0, time.monotonic()

    def prepare(self) -> None:
        """Give every worker, those to come too, the unit; have those that are here start their sandboxes."""
        try:
            self._client.register_plugin(self._worker_grader, name=self._name)
        except (ImportError, AttributeError) as error:
            raise CourseError(
                f"{self._address}: its workers cannot load this grader ({first_line(error)}); install the same "
                "version there"
            ) from error
        for refusal in self._client.run(_prepare, self._name).values():
            if refusal:
                raise CourseError(refusal)

    def results(self, submissions: Iterable[Work]) -> Iterator[Result]:
        """Grade; what was running on workers that were lost again and again is tried once more, by itself."""
        suspects = []
        with losses(self._address):
            for work, future in self._in_flight(submissions):
                result = _result(future)
                if result is None:
                    suspects.append(work)
                else:
                    yield result
            for work, future in self._in_flight(suspects, most=1):
                error = RuntimeError("every worker that graded it ended")
                yield _result(future) or failed(work.submission.student, self._worker_grader.unit, error)

    def end(self) -> None:
        """Leave nothing on the workers."""
        with suppress(OSError, TimeoutError, CancelledError):
            if self._client.status == "running":
                self._client.unregister_worker_plugin(self._name)
        self._client.close(timeout=5)

    def _in_flight(
        self, submissions: Iterable[Work], most: int | None = None
    ) -> Iterator[tuple[Work, Future[Result]]]:
        return in_flight(
            lambda one: self._pool.submit(_work, self._name, one),
            submissions,
            lambda: most or self._twice_the_threads(),
            patience=PATIENCE,
            nothing_yet=self._check_health,
        )

    def _twice_the_threads(self) -> int:
        """How many submissions keep every worker busy; workers come and go."""
        if time.monotonic() - self._counted_at > PATIENCE:
            self._check_health()
        return self._room

    def _check_health(self) -> None:
        if self._client.status != "running":
            raise OSError("the connection to the scheduler was lost")
        threads = sum(self._client.nthreads().values())
        self._counted_at = time.monotonic()
        if threads:
            self._workers_at = self._counted_at
        elif self._counted_at - self._workers_at > self._wait_seconds:
            raise OSError(f"no worker for {self._wait_seconds:g} seconds")
        self._room = max(2, 2 * threads)


def _result(future: Future[Result]) -> Result | None:
    """What a task gave; None if workers ended while they had it."""
    try:
        return future.result()
    except KilledWorker:
        return None


# ---------------------------------------------------------------- on the workers


_PROFILERS = ("profile", "profile-cycle")


class WorkerGrader(WorkerPlugin):
    """What a worker holds while a class is graded."""

    def __init__(self, setup: GraderSetup, expected: Mapping[str, str], *, loopback: bool) -> None:
        self.unit = setup.unit
        self._setup, self._expected, self._loopback = setup, dict(expected), loopback

    def setup(self, worker: Worker) -> None:
        """Called on each worker, on those that join later too; the sandbox starts when it is needed."""
        self._address, self._listens_on = str(worker.address), str(worker.listen_address)
        self._grader = Grader(self._setup, threads=worker.state.nthreads)
        # Dask samples each worker's stack a hundred times a second and keeps it all: 10 kB a submission
        callbacks = worker.periodic_callbacks
        self._profilers = {name: callbacks.pop(name) for name in _PROFILERS if name in callbacks}
        for profiler in self._profilers.values():
            profiler.stop()

    def teardown(self, worker: Worker) -> Awaitable[None]:
        """Called at the end of the run, or when another run of the same unit takes over."""
        worker.periodic_callbacks.update(self._profilers)
        if worker.status == Status.running:
            worker.start_periodic_callbacks()
        return asyncio.to_thread(self._grader.close)

    def prepare(self) -> None:
        """Refuse if this machine would give other marks, else start the sandbox."""
        if self._loopback:
            refuse_open(f"worker {self._address}", self._listens_on)
        try:
            differs = difference(self._expected, versions(self._setup.python))
            if differs:
                raise CourseError(f"{differs}; install the same versions on every machine")
            self._grader.open()
        except CourseError as error:
            raise CourseError(f"worker {self._address}: {error}") from None

    def grade(self, work: Work) -> Result:
        """Grade a submission; the first one finds out whether this worker may."""
        self.prepare()
        return self._grader(work)


async def _prepare(name: str, dask_worker: Worker) -> str:
    """Why this worker cannot grade; nothing if it can."""
    try:
        await asyncio.to_thread(_worker_grader(dask_worker, name).prepare)
    except CourseError as error:
        return str(error)
    except Exception as error:
        return f"worker {dask_worker.address}: {type(error).__name__}: {first_line(error)}"
    return ""


def _work(name: str, work: Work) -> Result:
    return _worker_grader(get_worker(), name).grade(work)


def _worker_grader(worker: Worker, name: str) -> WorkerGrader:
    found: Any = worker.plugins.get(name)
    if found is None:
        raise CourseError(f"worker {worker.address}: this run is over, or another one has taken its place")
    return found  # type: ignore[no-any-return]


def _quieten() -> None:
    """Dask logs what it also raises; a TA reads one line."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
