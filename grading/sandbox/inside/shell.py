"""An IPython shell in this process, without a kernel: what a notebook's cell expects, minus the terminal."""

from __future__ import annotations

import ast
import contextlib
import subprocess
import sys
import warnings
from typing import Any, Final, cast

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets.config import Config

from .imports import ForgivingImports
from .outputs import Collector, redirect

COLLECTOR = Collector()
_INSTALLERS = ("conda", "mamba", "micromamba", "uv")
_NO_COMMANDS = "[commands are not run while grading: {command}]"


class _Publisher(DisplayPublisher):
    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Collect a display."""
        key = (transient or {}).get("display_id")
        COLLECTOR.rich("display_data", dict(data), key=key, update=update)

    def clear_output(self, wait: bool = False) -> None:
        """Forget the cell's outputs."""
        COLLECTOR.clear(wait)


class _Result(DisplayHook):
    def write_output_prompt(self) -> None:
        """Print no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Collect a result."""
        COLLECTOR.rich("execute_result", dict(format_dict), count=self.prompt_count)

    def finish_displayhook(self) -> None:
        """Print no newline after the result."""


class _Transformers(TransformerManager):
    """Spares a cell that is Python the search, in Python, for what only IPython understands: it finds nothing."""

    _KNOWN: Final = tuple(TransformerManager().token_transformers)  # type: ignore[no-untyped-call]

    def do_token_transforms(self, lines: list[str]) -> Any:
        """Replace magics, ``!`` and ``?``."""
        if tuple(self.token_transformers) == self._KNOWN and _is_python("".join(lines)):
            return lines
        return super().do_token_transforms(lines)  # type: ignore[no-untyped-call]


def _is_python(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True


class Shell(InteractiveShell):
    """The shell that runs the cells."""

    displayhook_class = _Result
    display_pub_class = _Publisher
    commands_allowed = False
    imports: ForgivingImports

    def _tee(self, channel: str) -> Any:
        # IPython 9 keeps a second, unbounded copy of all stream text; 600 MB of output killed the process
        return contextlib.nullcontext()

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        try:
            message = str(evalue)
        except BaseException:  # a student's exception may fail to print itself
            message = "<the exception cannot be printed>"
        COLLECTOR.error(str(etype.__name__), message, [str(line) for line in stb])

    def should_run_async(self, raw_cell: str, *, transformed_cell: str | None = None, **how: Any) -> bool:
        """Look closer only at a cell that may wait for something."""
        may = any(word in (transformed_cell or "") for word in ("await", "async"))
        return may and super().should_run_async(raw_cell, transformed_cell=transformed_cell, **how)

    def transform_ast(self, node: Any) -> Any:
        """Make imports forgiving; as one of ``ast_transformers`` that would take a walk over every node."""
        return super().transform_ast(self.imports.visit(node))  # type: ignore[no-untyped-call]

    def enable_gui(self, gui: object = None) -> None:
        """Have no event loop of a window system."""

    def enable_matplotlib(self, gui: str | None = None) -> Any:
        """Draw inline whatever backend the notebook asks for: there is no window to open."""
        return super().enable_matplotlib("inline")  # type: ignore[no-untyped-call]

    def ask_exit(self) -> None:
        """Go on after ``exit()``: the tasks below it are graded too."""

    def system(self, command: str) -> None:
        """Say that ``!command`` and ``%pip`` are not run, and go on: the rest of the cell is worth grading."""
        if self.commands_allowed:
            # no terminal is made for it; its output is collected from the descriptors like a C library's
            expanded = str(self.var_expand(command, depth=1))  # type: ignore[no-untyped-call]
            done = subprocess.run(expanded, shell=True, check=False)
            self.user_ns["_exit_code"] = done.returncode
            return
        self.user_ns["_exit_code"] = 1
        print(_NO_COMMANDS.format(command=command[:200]), file=sys.stderr)

    def getoutput(self, command: str, split: bool = True, depth: int = 0) -> Any:
        """Return no output for ``x = !command``."""
        if self.commands_allowed:
            return super().getoutput(command, split=split, depth=depth + 1)  # type: ignore[no-untyped-call]
        self.system(command)
        return SList() if split else ""


def _installer(name: str) -> Any:
    """A magic for one that fails where its program is not installed: the rest of the cell is worth grading."""

    def install(words: str) -> None:
        Shell.instance().system(f"{name} {words}")

    return install


def _load_ext(names: str) -> None:
    """Load extensions; one that is not here changes how cells look or are timed, which no answer needs."""
    shell = Shell.instance()
    for name in names.split():
        try:
            shell.extension_manager.load_extension(name)  # type: ignore[union-attr]
        except ModuleNotFoundError as error:
            shell.imports.absent.append(str(error.name))
            print(f"[{error}: this extension is not loaded]", file=sys.stderr)


def make_shell() -> Shell:
    """Start the one shell of this process, with its streams collected."""
    config = Config()
    config.HistoryManager.enabled = False  # no database, and no thread that a fork would lose
    config.InteractiveShell.colors = "linux"
    config.InteractiveShell.cache_size = 200
    shell = Shell.instance(config=config)
    for name in _INSTALLERS:
        shell.register_magic_function(_installer(name), "line", name)
    shell.register_magic_function(cast(Any, _load_ext), "line", "load_ext")
    shell.imports = ForgivingImports(lambda: shell.user_ns)
    shell.input_transformer_manager = _Transformers()  # type: ignore[no-untyped-call]
    redirect(COLLECTOR)
    return shell


def forget(shell: Shell) -> None:
    """Make the shell as new, keeping what is imported."""
    shell.reset(new_session=True)  # type: ignore[no-untyped-call]
    shell.execution_count = 1
    COLLECTOR.take()
