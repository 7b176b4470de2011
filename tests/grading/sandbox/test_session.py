"""Honest notebooks run as in Jupyter, and questions are answered with plain data."""

from __future__ import annotations

import textwrap
import threading
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grading.errors import CourseError
from grading.sandbox import Calls, Limits, Sandbox, Session, StudentError
from tests.conftest import descendants

from .conftest import MODULES, QUICK


def texts(outputs: list[dict[str, Any]], name: str) -> str:
    return "".join(item["text"] for item in outputs if item.get("name") == name)


def kinds(outputs: list[dict[str, Any]]) -> list[str]:
    return [item["output_type"] for item in outputs]


def run(session: Session, source: str) -> list[dict[str, Any]]:
    result = session.run_cell(source)
    assert result.status == "ok", result
    return result.outputs


def test_a_cell_shows_prints_and_its_last_value(session: Session) -> None:
    result = session.run_cell("print('a')\n1 + 1")
    assert result.status == "ok"
    assert result.execution_count == 1
    assert result.outputs == [
        {"output_type": "stream", "name": "stdout", "text": "a\n"},
        {
            "output_type": "execute_result",
            "execution_count": 1,
            "data": {"text/plain": "2"},
            "metadata": {},
        },
    ]


def test_a_module_beside_the_notebook_finds_what_lies_beside_it(box: Sandbox) -> None:
    files = {name: source.encode() for name, source in MODULES.items()} | {"data.txt": b"7"}
    with box.session(files, QUICK) as session:
        run(session, "import beside, sys\nvalue = (beside.here() / 'data.txt').read_text()")
        assert session.get("value") == "7"
        run(session, "imported = 'fails' in sys.modules")
        assert session.get("imported") is False
        assert session.run_cell("import fails").outputs[0]["ename"] == "ZeroDivisionError"


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="it is not handed over"),
        pytest.param({"beside.py": b"here = 1"}, id="it is another one"),
    ],
)
def test_only_the_file_that_is_there_is_imported(box: Sandbox, files: dict[str, bytes]) -> None:
    with box.session(files, QUICK) as session:
        result = session.run_cell("from beside import here")
        assert list(result.absent) == ([] if files else ["beside"])
        assert not files or session.get("here") == 1


@pytest.mark.parametrize("setting", ["svg", "retina", "pdf"])
def test_a_figure_arrives_as_png_whatever_format_is_asked_for(session: Session, setting: str) -> None:
    run(session, f"%config InlineBackend.figure_formats = ['{setting}']\nimport matplotlib.pyplot as plt")
    shown = run(session, "plt.plot([1, 2]); plt.show()")
    assert [set(item["data"]) for item in shown] == [{"text/plain", "image/png"}]


def test_names_live_on_to_the_next_cell(session: Session) -> None:
    run(session, "x = 3")
    assert run(session, "x")[0]["data"]["text/plain"] == "3"


def test_an_error_is_shown_and_the_next_cell_runs(session: Session) -> None:
    result = session.run_cell("x = 1\n1 / 0")
    assert result.status == "error"
    assert result.outputs[0]["ename"] == "ZeroDivisionError"
    assert result.outputs[0]["evalue"] == "division by zero"
    assert any("1 / 0" in line or "ZeroDivisionError" in line for line in result.outputs[0]["traceback"])
    assert session.get("x") == 1


@pytest.mark.parametrize(
    "source", ["x = (", "raise SystemExit(3)", "import sys; sys.exit()", "raise KeyboardInterrupt"]
)
def test_every_kind_of_error_leaves_the_session_alive(session: Session, source: str) -> None:
    assert session.run_cell(source).status == "error"
    assert session.dead is None
    run(session, "1")


def test_exit_does_not_stop_the_notebook(session: Session) -> None:
    assert texts(run(session, "exit()\nprint('after')"), "stdout") == "after\n"
    run(session, "quit()")
    run(session, "1")


def test_warnings_and_prints_to_stderr_are_outputs_not_errors(session: Session) -> None:
    outputs = run(
        session,
        "import sys, warnings\nimport numpy as np\nwarnings.warn('careful')\nprint('log', file=sys.stderr)\n"
        "np.log(np.array([0.0]))",
    )
    shown = texts(outputs, "stderr")
    assert "careful" in shown
    assert "log" in shown
    assert "divide by zero" in shown


def test_figures_are_shown_without_asking(session: Session) -> None:
    outputs = run(session, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert kinds(outputs) == ["display_data"]
    assert outputs[0]["data"]["image/png"].startswith("iVBOR")
    assert run(session, "1")[0]["data"] == {"text/plain": "1"}


def test_a_frame_is_shown_as_html_and_text(session: Session) -> None:
    outputs = run(session, "import pandas as pd\npd.DataFrame({'a': [1]})")
    assert set(outputs[0]["data"]) == {"text/plain", "text/html"}


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        pytest.param("import asyncio\nawait asyncio.sleep(0.01)\nprint('x')", "x\n", id="top-level await"),
        pytest.param("%precision 3\nprint('x')", "x\n", id="a line magic"),
        pytest.param("%%capture out\nprint('hidden')", "", id="a cell magic"),
        pytest.param("!pip install numpy\nprint('x')", "x\n", id="a command, skipped"),
        pytest.param(
            "%pip install numpy",
            "Note: you may need to restart the kernel to use updated packages.\n",
            id="pip, skipped",
        ),
        pytest.param("files = !ls\nprint(files)", "[]\n", id="a captured command, skipped"),
        pytest.param("import os\n_ = os.write(1, b'x')", "x", id="text written past Python"),
        pytest.param("print('naïve ☃ ß')", "naïve ☃ ß\n", id="unicode"),
        pytest.param("print('\\ud800')", "?\n", id="a lone surrogate"),
        pytest.param(
            "import threading\nt = threading.Thread(target=print, args=('x',))\nt.start(); t.join()",
            "x\n",
            id="a thread",
        ),
        pytest.param(
            "from IPython.display import clear_output\nprint('a'); clear_output(); print('x')", "x\n", id="clear"
        ),
        pytest.param("%matplotlib notebook\nprint('x')", "x\n", id="a backend with windows"),
    ],
)
def test_what_notebooks_do_works(session: Session, source: str, shown: str) -> None:
    assert texts(run(session, source), "stdout") == shown


def test_a_display_can_be_updated(session: Session) -> None:
    outputs = run(session, "h = display('a', display_id=True)\nh.update('b')")
    assert [item["data"]["text/plain"] for item in outputs] == ["'b'"]


def test_files_beside_the_notebook_are_there(box: Sandbox) -> None:
    files = {"schools.csv": b"a,b\n1,2\n", "data/more.csv": b"c\n3\n", "helper.py": b"value = 7\n"}
    with box.session(files, QUICK, 1) as session:
        run(
            session,
            "import pandas as pd, helper\na = pd.read_csv('schools.csv').a[0]; c = pd.read_csv('data/more.csv')",
        )
        run(session, "open('mine.txt', 'w').write('x')")
        assert session.get("a") == 1
        assert session.get("c")["c"].tolist() == [3]
    with box.session({}, QUICK, 1) as session:
        assert session.run_cell("open('mine.txt')").outputs[-1]["ename"] == "FileNotFoundError"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "", ".", "a\0b"])
def test_a_file_outside_the_notebooks_folder_is_refused(box: Sandbox, name: str) -> None:
    with pytest.raises(CourseError, match="relative path"), box.session({name: b""}, QUICK, 1):
        pass


def test_calls_take_and_return_plain_data(session: Session) -> None:
    run(session, "import numpy as np\ndef scale(x, *, by=1):\n    return np.asarray(x) * by")
    got = session.call("scale", [np.arange(3.0)], {"by": 2})
    assert got.dtype == np.float64
    assert got.tolist() == [0.0, 2.0, 4.0]


def test_frames_can_be_asked_and_answered(session: Session) -> None:
    run(session, "def head(frame):\n    return frame.head(1)")
    frame = pd.DataFrame({"school": ["a", "b"], "mean": [1.0, 2.0]})
    pd.testing.assert_frame_equal(session.call("head", [frame]), frame.head(1))


def test_variables_can_be_read_and_a_missing_one_is_told(session: Session) -> None:
    run(session, "x = [1, 'a', None]")
    assert session.get("x") == [1, "a", None]
    with pytest.raises(StudentError) as error:
        session.get("y")
    assert error.value.kind == "missing"


def test_an_argument_that_is_not_plain_is_the_callers_mistake(session: Session) -> None:
    run(session, "def f(x): return x")
    with pytest.raises(ValueError, match="object"):
        session.call("f", [object()])
    assert session.call("f", [1]) == 1


@pytest.mark.parametrize(
    ("source", "kind", "ename"),
    [
        pytest.param("pass", "missing", "", id="no such name"),
        pytest.param("f = 3", "not callable", "", id="a number"),
        pytest.param("def f(): return 1 / 0", "exception", "ZeroDivisionError", id="an exception"),
        pytest.param("def f(): raise SystemExit", "exception", "SystemExit", id="an exit"),
        pytest.param("def f(): return object()", "not plain", "object", id="an object"),
        pytest.param("def f(): return lambda: 1", "not plain", "function", id="a function"),
        pytest.param("def f(): return [0] * 2_000_000", "not plain", "list", id="a huge answer"),
        pytest.param("def f(): return 2 ** 100_000", "not plain", "int", id="a huge integer"),
        pytest.param("def f():\n    x = []\n    x.append(x)\n    return x", "not plain", "list", id="a cycle"),
        pytest.param("def f(): return f()", "exception", "RecursionError", id="recursion"),
        pytest.param("def f():\n    while True: pass", "timeout", "TimeLimitError", id="a loop"),
        pytest.param("import os\ndef f(): os._exit(3)", "died", "", id="the end of the process"),
    ],
)
def test_a_question_without_an_answer_says_why(session: Session, source: str, kind: str, ename: str) -> None:
    run(session, source)
    with pytest.raises(StudentError) as caught:
        session.call("f")
    assert (caught.value.kind, caught.value.ename) == (kind, ename)
    assert (session.dead is None) == (kind != "died")
    if session.dead is None:
        assert session.run_cell("1").status == "ok"


def test_an_exception_that_cannot_be_printed_is_reported(session: Session) -> None:
    run(
        session,
        "class Bad(Exception):\n    def __str__(self): raise ValueError\ndef f(): raise Bad",
    )
    with pytest.raises(StudentError) as caught:
        session.call("f")
    assert caught.value.ename == "Bad"


def test_a_function_that_changes_its_argument_changes_a_copy(session: Session) -> None:
    run(session, "def f(x):\n    x[0] = 9\n    return x[0]")
    sent = np.zeros(2)
    assert session.call("f", [sent]) == 9
    assert sent.tolist() == [0.0, 0.0]


def test_what_a_called_function_prints_and_draws_is_dropped(session: Session) -> None:
    run(
        session,
        "import matplotlib.pyplot as plt\ndef f():\n    print('x' * 5_000_000)\n    plt.figure()\n    return 1",
    )
    assert [session.call("f") for _ in range(5)] == [1] * 5
    assert run(session, "pass") == []


def test_the_seed_repeats_the_numbers_and_sessions_differ(box: Sandbox) -> None:
    source = "import random\nimport numpy as np\nx = [random.random(), np.random.rand()]"

    def draw(seed: int) -> Any:
        with box.session({}, QUICK, seed) as session:
            run(session, source)
            return session.get("x")

    first = draw(1)
    assert draw(1) == first
    assert draw(2) != first


def test_a_cell_over_its_time_is_stopped_and_the_next_one_runs(session: Session) -> None:
    result = session.run_cell("x = 1\nwhile True: pass")
    assert result.status == "timeout"
    assert 2.5 < result.seconds < 5
    assert session.get("x") == 1


def test_a_cell_that_uses_the_alarm_itself_does_not_disarm_the_limit(session: Session) -> None:
    run(session, "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nx = 1")
    assert session.run_cell("while True: pass").status == "timeout"
    assert session.get("x") == 1


def test_the_total_time_is_a_limit_too(box: Sandbox) -> None:
    with box.session({}, Limits(cell_seconds=5, total_seconds=1.5), 1) as session:
        assert session.run_cell("import time; time.sleep(1)").status == "ok"
        assert session.run_cell("time.sleep(1)").status == "timeout"


def test_two_sessions_run_side_by_side(box: Sandbox) -> None:
    def sleep() -> None:
        with box.session({}, QUICK, 1) as session:
            begun.append(time.monotonic())
            run(session, "import time; time.sleep(1)")
            ended.append(time.monotonic())

    begun: list[float] = []
    ended: list[float] = []
    threads = [threading.Thread(target=sleep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 2
    assert max(begun) < min(ended)


@pytest.mark.parametrize("field", ["cell_seconds", "memory_mb", "processes", "disk_mb"])
@pytest.mark.parametrize("value", [-1, float("nan"), "1"])
def test_a_limit_must_be_a_number_that_makes_sense(field: str, value: Any) -> None:
    with pytest.raises(CourseError, match=field):
        Limits(**{field: value})


def test_a_process_is_whole_though_it_was_forked_into_its_namespaces(box: Sandbox) -> None:
    """Threads, locks and signals work as in any process."""
    source = """
        import os, signal, threading
        heard, seen, lock = [], [], threading.RLock()
        signal.signal(signal.SIGUSR1, lambda *_: heard.append(threading.get_native_id()))
        signal.raise_signal(signal.SIGUSR1)
        def work():
            with lock, lock: seen.append(threading.get_native_id())
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        """
    with box.session() as session:
        run(session, textwrap.dedent(source) + "me = os.getpid()")
        assert session.get("heard") == [session.get("me")]
        assert len(set(session.get("seen"))) == 8
        assert (session.get("me") == 2) == (box.mode.name == "bubblewrap+namespaces")  # 1 is its supervisor


def test_a_submission_is_a_process_and_its_supervisor(box: Sandbox) -> None:
    with box.session():
        pass
    before = len(descendants())
    with box.session():
        assert len(descendants()) - before == 2


def test_many_calls_in_one_exchange_answer_as_single_ones_do(box: Sandbox) -> None:
    with box.session() as session:
        session.run_cell("def f(x, *, k=1):\n    if x < 0: raise ValueError('negative')\n    return [x, k]")
        answers = session.call_each("f", Calls([([1], {}), ([-1], {}), ([2], {"k": 3})]))
        assert answers[0] == [1, 1]
        assert (answers[1].kind, answers[1].ename, answers[1].message) == ("exception", "ValueError", "negative")
        assert answers[2] == [2, 3]
        assert session.call("f", [5]) == [5, 1]  # the conversation goes on
        assert session.call_each("f", Calls([])) == []
        assert [error.kind for error in session.call_each("nothing", Calls([([], {})] * 2))] == ["missing"] * 2


def test_after_two_slow_calls_the_others_are_not_made(box: Sandbox) -> None:
    with box.session(limits=Limits(call_seconds=0.3)) as session:
        session.run_cell("made = []\ndef f(x):\n    made.append(x)\n    while x: pass\n    return x")
        answers = session.call_each("f", Calls([([x], {}) for x in (0, 1, 0, 2, 0, 0)]))
        assert [a if a == 0 else a.kind for a in answers] == [0, "timeout", 0, "timeout", "timeout", "timeout"]
        assert session.get("made") == [0, 1, 0, 2]


def test_answers_before_the_end_of_the_process_stand(box: Sandbox) -> None:
    with box.session() as session:
        session.run_cell("import os\ndef f(x):\n    return x if x else os._exit(3)")
        answers = session.call_each("f", Calls([([x], {}) for x in (1, 2, 0, 3)]))
        assert answers[:2] == [1, 2]
        assert [error.kind for error in answers[2:]] == ["died", "died"]
        assert session.dead is not None


def test_the_list_of_fonts_is_made_once_for_all_runs(session: Session) -> None:
    asked = "from matplotlib import font_manager\nprint(font_manager._get_fontconfig_fonts.cache_info().misses)"
    assert run(session, asked)[0]["text"] == "0\n"


def test_what_an_extension_makes_of_a_cell_that_is_python_counts(session: Session) -> None:
    run(
        session,
        "from IPython.core.inputtransformer2 import TokenTransformBase\n"
        "class Doubled(TokenTransformBase):\n"
        "    @classmethod\n"
        "    def find(cls, lines):\n"
        "        at = next((t for line in lines for t in line if t.string == 'double'), None)\n"
        "        return None if at is None else cls(at.start)\n"
        "    def transform(self, lines):\n"
        "        return [line.replace('double', '2 * ') for line in lines]\n"
        "get_ipython().input_transformer_manager.token_transformers.append(Doubled)",
    )
    assert run(session, "print(double(21))")[0]["text"] == "42\n"
