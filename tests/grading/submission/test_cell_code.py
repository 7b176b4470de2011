"""A cell is read as IPython would run it: its statements, and the names that it binds."""

import pytest

from grading.submission.cell_code import MOST_CODE, CodeReader, bound_names, loaded_names, statements


@pytest.mark.parametrize(
    ("source", "names"),
    [
        pytest.param("def f(x):\n    y = x", {"f"}, id="a function, not what is in it"),
        pytest.param("async def f(): pass\nclass G: a = 1", {"f", "G"}, id="async and class"),
        pytest.param("f = lambda x: (y := x)", {"f"}, id="a lambda"),
        pytest.param("a, (b, *c) = d = 1, (2, 3)", {"a", "b", "c", "d"}, id="unpacking"),
        pytest.param("for a in b:\n    with c as d: e = 1", {"a", "d", "e"}, id="nested blocks"),
        pytest.param("[x for x in y]\n{k: v for k, v in z}", set(), id="comprehensions keep their names"),
        pytest.param("print(f := 1)", {"f"}, id="walrus"),
        pytest.param("import a.b, c as d\nfrom e import f as g", {"a", "d", "g"}, id="imports"),
        pytest.param("try:\n    import f\nexcept E as e:\n    f = None", {"f", "e"}, id="try"),
        pytest.param("f.x = 1\nf[0] = 2\ndel f", set(), id="what binds nothing"),
        pytest.param("%%time\nf = 1", {"f"}, id="under %%time"),
        pytest.param("\n%%capture out\nf = 1", {"f"}, id="under %%capture, a line above"),
        pytest.param("%%writefile a.py\nf = 1", set(), id="a file written"),
        pytest.param("%matplotlib inline\n!pip install x\nnp.mean?\nf = 1", {"f"}, id="magics above"),
        pytest.param("files = !ls\nf = %pwd", {"files", "f"}, id="magics assigned"),
        pytest.param("def f():\n    %time g()\n    return 1", {"f"}, id="a magic in a function"),
        pytest.param("  f = 1\n  if f:\n    g = 2", {"f", "g"}, id="indented as a whole"),
        pytest.param("def f(x:\n    return x\ng = 2", {"f", "g"}, id="what does not parse names what it defines"),
        pytest.param("ȳ = μ = 1", {"ȳ", "μ"}, id="unicode"),
        pytest.param("await g()\nf = 1", {"f"}, id="await"),
        pytest.param("\0", set(), id="a null"),
        pytest.param("f = " + "-" * 200_000 + "1", {"f"}, id="nested deep"),
        pytest.param("f = " + "1 + " * 5_000 + "1", {"f"}, id="a long sum"),
        pytest.param("", set(), id="empty"),
    ],
)
def test_names_that_a_cell_binds(source, names):
    assert bound_names(source) == names


def test_the_text_of_a_statement_is_as_it_was_typed():
    source = "@f  # why\n@g(1)\ndef h():\n    'ü'\nx = 'ü'; y = (1,\n  2)\n%time h()"
    texts = [one.text for one in statements(source)]
    assert texts == ["@f  # why\n@g(1)\ndef h():\n    'ü'", "x = 'ü'", "y = (1,\n  2)", "%time h()"]


def test_a_test_cell_looks_up_names_and_what_it_gives_as_text():
    assert {"f", "slope"} <= loaded_names("hidden_check(f)\nown_answer('slope')")


def test_a_reader_reads_no_more_than_anybody_wrote():
    reader, names = CodeReader(), frozenset({"f"})
    assert reader.binds("f = 1", names) == names
    assert not reader.binds("f = 1" + " " * MOST_CODE, names)
    assert reader.binds("f = 1", names) == names
