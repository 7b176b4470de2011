"""Ways in which instructors test answers: a right answer, a plausible wrong one, and the assertions."""

from __future__ import annotations

from typing import NamedTuple


class Pattern(NamedTuple):
    right: str
    wrong: str
    test: str


GIVEN = """
import math
import os
import random
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

history = []
"""

NAMED = {
    "a return value": Pattern(
        "def double(x):\n    return 2 * x",
        "def double(x):\n    return x ** 2",
        "assert double(3) == 6\nassert double(0.5) == 1.0",
    ),
    "keyword arguments": Pattern(
        "def scale(y, *, by=2):\n    return [by * v for v in y]",
        "def scale(y, *, by=2):\n    return [2 * v for v in y]",
        "assert scale([1, 2]) == [2, 4]\nassert scale([1, 2], by=3) == [3, 6]",
    ),
    "a tuple of values": Pattern(
        "def extremes(y):\n    return min(y), max(y)",
        "def extremes(y):\n    return max(y), min(y)",
        "low, high = extremes([3, 1, 2])\nassert low == 1\nassert high == 3",
    ),
    "try and except": Pattern(
        "def root(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x ** 0.5",
        "def root(x):\n    return abs(x) ** 0.5",
        "try:\n    root(-1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError('no error')",
    ),
    "pytest.raises with a text": Pattern(
        "def invert(x):\n    if x == 0:\n        raise ZeroDivisionError('x is zero')\n    return 1 / x",
        "def invert(x):\n    if x == 0:\n        raise ValueError('x is zero')\n    return 1 / x",
        "import pytest\nwith pytest.raises(ZeroDivisionError, match='zero') as caught:\n    invert(0)\n"
        "assert str(caught.value) == 'x is zero'",
    ),
    "a lambda handed over": Pattern(
        "def twice(f, x):\n    return f(f(x))",
        "def twice(f, x):\n    return f(x)",
        "assert twice(lambda x: x + 3, 1) == 7",
    ),
    "a reference function handed over": Pattern(
        "def slope(f, x, h=1e-6):\n    return (f(x + h) - f(x - h)) / (2 * h)",
        "def slope(f, x, h=1e-6):\n    return (f(x + h) - f(x)) / 2",
        "assert abs(slope(np.sin, 0.0) - 1) < 1e-6\nassert abs(slope(lambda x: x ** 2, 3.0) - 6) < 1e-4",
    ),
    "a module of the notebook's": Pattern(
        "def circle(r):\n    return math.pi * r ** 2",
        "def circle(r):\n    return 2 * math.pi * r",
        "assert math.isclose(circle(3), 9 * math.pi)",
    ),
    "captured print": Pattern(
        "def greet(name):\n    print('Hello,', name)",
        "def greet(name):\n    return 'Hello, ' + name",
        "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\nwith redirect_stdout(out):\n"
        "    greet('Ada')\nassert out.getvalue() == 'Hello, Ada\\n'",
    ),
    "print captured by sys.stdout": Pattern(
        "def countdown(n):\n    for k in range(n, 0, -1):\n        print(k)",
        "def countdown(n):\n    for k in range(n):\n        print(k)",
        "import io, sys\nbefore, sys.stdout = sys.stdout, io.StringIO()\ntry:\n    countdown(3)\n"
        "    said = sys.stdout.getvalue()\nfinally:\n    sys.stdout = before\nassert said.split() == ['3', '2', '1']",
    ),
    "a list changed in place": Pattern(
        "def append_sum(y):\n    y.append(sum(y))",
        "def append_sum(y):\n    return [*y, sum(y)]",
        "given = [1, 2]\nassert append_sum(given) is None\nassert given == [1, 2, 3]",
    ),
    "an array changed in place": Pattern(
        "def centre(y):\n    y -= y.mean()",
        "def centre(y):\n    y = y - y.mean()",
        "given = np.array([1.0, 2.0, 3.0])\ncentre(given)\nassert np.allclose(given, [-1, 0, 1])",
    ),
    "an argument that stays as it was": Pattern(
        "def ordered(y):\n    return sorted(y)",
        "def ordered(y):\n    y.sort()\n    return y",
        "given = [2, 1]\nassert ordered(given) == [1, 2]\nassert given == [2, 1]",
    ),
    "a generator": Pattern(
        "def evens(n):\n    for k in range(0, n, 2):\n        yield k",
        "def evens(n):\n    for k in range(n):\n        yield k",
        "import types\nassert isinstance(evens(4), types.GeneratorType)\nassert list(evens(5)) == [0, 2, 4]",
    ),
    "a generator without end": Pattern(
        "def naturals():\n    k = 0\n    while True:\n        yield k\n        k += 1",
        "def naturals():\n    k = 1\n    while True:\n        yield k\n        k += 1",
        "from itertools import islice\nassert list(islice(naturals(), 3)) == [0, 1, 2]\n"
        "g = naturals()\nnext(g)\nassert next(g) == 1",
    ),
    "a class: method and attribute": Pattern(
        "class Counter:\n    def __init__(self, start=0):\n        self.n = start\n"
        "    def add(self, k=1):\n        self.n += k\n        return self",
        "class Counter:\n    def __init__(self, start=0):\n        self.n = start\n"
        "    def add(self, k=1):\n        self.n = k\n        return self",
        "c = Counter(3)\nassert c.n == 3\nc.add().add(k=2)\nassert c.n == 6\nassert isinstance(c, Counter)",
    ),
    "a class with operators": Pattern(
        "class Vector:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n"
        "    def __add__(self, o):\n        return Vector(self.x + o.x, self.y + o.y)\n"
        "    def __eq__(self, o):\n        return (self.x, self.y) == (o.x, o.y)\n"
        "    def __repr__(self):\n        return f'Vector({self.x}, {self.y})'\n    def __len__(self):\n        return 2",
        "class Vector:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n"
        "    def __add__(self, o):\n        return Vector(self.x + o.x, self.y)\n"
        "    def __eq__(self, o):\n        return (self.x, self.y) == (o.x, o.y)\n"
        "    def __repr__(self):\n        return f'Vector({self.x}, {self.y})'\n    def __len__(self):\n        return 2",
        "total = Vector(1, 2) + Vector(3, 4)\nassert total == Vector(4, 6)\nassert total != Vector(4, 5)\n"
        "assert repr(total) == 'Vector(4, 6)'\nassert len(total) == 2",
    ),
    "inspect.signature": Pattern(
        "def power(base, exponent=2):\n    return base ** exponent",
        "def power(b, e=2):\n    return b ** e",
        "import inspect\nparameters = inspect.signature(power).parameters\n"
        "assert list(parameters) == ['base', 'exponent']\nassert parameters['exponent'].default == 2",
    ),
    "Axes that are returned": Pattern(
        "def draw(x, y):\n    fig, ax = plt.subplots()\n    ax.plot(x, y, label='data')\n    ax.set_title('Scores')\n"
        "    ax.set_xlabel('x')\n    ax.legend()\n    return ax",
        "def draw(x, y):\n    fig, ax = plt.subplots()\n    ax.plot(y, x, label='data')\n    ax.set_title('Scores')\n"
        "    ax.set_xlabel('x')\n    ax.legend()\n    return ax",
        "ax = draw([1, 2, 3], [4, 5, 7])\nassert ax.get_title() == 'Scores'\nassert ax.get_xlabel() == 'x'\n"
        "assert len(ax.lines) == 1\nassert np.allclose(ax.lines[0].get_ydata(), [4, 5, 7])\n"
        "assert [t.get_text() for t in ax.get_legend().get_texts()] == ['data']",
    ),
    "the current figure": Pattern(
        "def bars(heights):\n    plt.bar(range(len(heights)), heights)",
        "def bars(heights):\n    plt.plot(heights)",
        "plt.close('all')\nbars([3, 1])\nax = plt.gca()\n"
        "assert [patch.get_height() for patch in ax.patches] == [3, 1]",
    ),
    "a file that is written": Pattern(
        "def save(lines, name):\n    with open(name, 'w') as file:\n        file.write('\\n'.join(lines))",
        "def save(lines, name):\n    with open(name, 'w') as file:\n        file.write(''.join(lines))",
        "save(['a', 'b'], 'out.txt')\nassert os.path.exists('out.txt')\nwith open('out.txt') as file:\n"
        "    assert file.read().splitlines() == ['a', 'b']\nassert Path('out.txt').read_text() == 'a\\nb'",
    ),
    "a file that is read": Pattern(
        "def words(name):\n    with open(name) as file:\n        return len(file.read().split())",
        "def words(name):\n    with open(name) as file:\n        return len(file.read())",
        "import tempfile\nwith tempfile.TemporaryDirectory() as folder:\n"
        "    name = os.path.join(folder, 'in.txt')\n    with open(name, 'w') as file:\n"
        "        file.write('one two\\n')\n        file.write('three')\n    assert words(name) == 3",
    ),
    "input that is mocked": Pattern(
        "def ask_age():\n    return int(input('Age? '))",
        "def ask_age():\n    return input('Age? ')",
        "from unittest.mock import patch\nwith patch('builtins.input', return_value='41') as asked:\n"
        "    assert ask_age() == 41\nasked.assert_called_once_with('Age? ')",
    ),
    "input by a function of the cell's": Pattern(
        "def add_up():\n    return float(input()) + float(input())",
        "def add_up():\n    return input() + input()",
        "lines = iter(['1.5', '2'])\ninput = lambda prompt='': next(lines)\nassert add_up() == 3.5\ndel input",
    ),
    "the keyboard as a file": Pattern(
        "def total():\n    return sum(int(input()) for _ in range(3))",
        "def total():\n    return int(input())",
        "import io, sys\nbefore, sys.stdin = sys.stdin, io.StringIO('1\\n2\\n3\\n')\ntry:\n"
        "    found = total()\nfinally:\n    sys.stdin = before\nassert found == 6",
    ),
    "np.random.seed": Pattern(
        "def sample_mean(n):\n    return np.random.normal(size=n).mean()",
        "def sample_mean(n):\n    return np.random.uniform(size=n).mean()",
        "np.random.seed(1)\nexpected = np.random.normal(size=5).mean()\nnp.random.seed(1)\n"
        "assert np.isclose(sample_mean(5), expected)",
    ),
    "random.seed": Pattern(
        "def throw(n):\n    return [random.randint(1, 6) for _ in range(n)]",
        "def throw(n):\n    return [random.randint(0, 5) for _ in range(n)]",
        "random.seed(7)\nexpected = [random.randint(1, 6) for _ in range(9)]\nrandom.seed(7)\n"
        "assert throw(9) == expected",
    ),
}
"""Those that usual courses hold."""

MORE = {
    "a generator of random numbers handed over": Pattern(
        "def draw_two(rng):\n    return rng.normal(size=2)",
        "def draw_two(rng):\n    return np.random.default_rng(1).normal(size=2)",
        "assert np.allclose(draw_two(np.random.default_rng(5)), np.random.default_rng(5).normal(size=2))",
    ),
    "an exception of the notebook's own": Pattern(
        "class NoData(ValueError):\n    pass\ndef first(y):\n    if not y:\n        raise NoData('empty')\n    return y[0]",
        "class NoData(ValueError):\n    pass\ndef first(y):\n    if not y:\n        raise ValueError('empty')\n    return y[0]",
        "import pytest\nwith pytest.raises(NoData):\n    first([])\nassert first([4]) == 4",
    ),
    "what an exception of the notebook's derives from": Pattern(
        "class Empty(LookupError):\n    pass",
        "class Empty(Exception):\n    pass",
        "assert issubclass(Empty, LookupError)",
    ),
    "attributes by their names": Pattern(
        "class Fit:\n    def __init__(self):\n        self.slope, self.intercept = 2.0, 1.0",
        "class Fit:\n    def __init__(self):\n        self.slope = 2.0",
        "assert all(hasattr(Fit(), name) for name in ['slope', 'intercept'])",
    ),
    "the error stream": Pattern(
        "import sys\ndef complain(text):\n    print(text, file=sys.stderr)",
        "def complain(text):\n    print(text)",
        "import io\nfrom contextlib import redirect_stderr\nwith redirect_stderr(io.StringIO()) as said:\n"
        "    complain('no')\nassert said.getvalue() == 'no\\n'",
    ),
    "annotations": Pattern(
        "def rate(hits: int, tries: int) -> float:\n    return hits / tries",
        "def rate(hits, tries):\n    return hits / tries",
        "assert rate.__annotations__ == {'hits': int, 'tries': int, 'return': float}",
    ),
    "operators": Pattern(
        "class Money:\n    def __init__(self, v):\n        self.v = v\n    def __mul__(self, k):\n        return Money(self.v * k)\n"
        "    __rmul__ = __mul__\n    def __eq__(self, o):\n        return self.v == o.v\n    def __lt__(self, o):\n        return self.v < o.v\n"
        "    def __float__(self):\n        return float(self.v)\n    def __hash__(self):\n        return hash(self.v)",
        "class Money:\n    def __init__(self, v):\n        self.v = v\n    def __mul__(self, k):\n        return Money(self.v * k)\n"
        "    __rmul__ = __mul__\n    def __eq__(self, o):\n        return self.v == o.v\n    def __lt__(self, o):\n        return self.v > o.v\n"
        "    def __float__(self):\n        return float(self.v)\n    def __hash__(self):\n        return hash(self.v)",
        "assert 3 * Money(2) == Money(2) * 3 == Money(6)\nassert Money(1) < Money(2)\nassert float(Money(2)) == 2.0\n"
        "assert sorted([Money(3), Money(1)])[0].v == 1",
    ),
    "an exception's arguments": Pattern(
        "def look_up(table, key):\n    if key not in table:\n        raise KeyError(key)\n    return table[key]",
        "def look_up(table, key):\n    return table.get(key)",
        "try:\n    look_up({'a': 1}, 'b')\n    failed = None\nexcept KeyError as error:\n    failed = error.args\n"
        "assert failed == ('b',)",
    ),
    "unittest's assertions": Pattern(
        "def parse(text):\n    return int(text)",
        "def parse(text):\n    try:\n        return int(text)\n    except ValueError:\n        return None",
        "from unittest import TestCase\nt = TestCase()\nt.assertEqual(parse('4'), 4)\n"
        "t.assertRaises(ValueError, parse, 'four')",
    ),
    "NumPy's assertions": Pattern(
        "def square(a):\n    return np.asarray(a) ** 2.0",
        "def square(a):\n    return np.asarray(a) * 2",
        "np.testing.assert_allclose(square([1, 2, 3]), [1, 4, 9])\nnp.testing.assert_raises(TypeError, square, 'x')",
    ),
    "pandas' assertions": Pattern(
        "def means(frame):\n    return frame.groupby('g')['x'].mean()",
        "def means(frame):\n    return frame.groupby('g')['x'].sum()",
        "frame = pd.DataFrame({'g': ['a', 'a', 'b'], 'x': [1.0, 3.0, 5.0]})\n"
        "expected = pd.Series([2.0, 5.0], index=pd.Index(['a', 'b'], name='g'), name='x')\n"
        "pd.testing.assert_series_equal(means(frame), expected)",
    ),
    "a frame changed in place": Pattern(
        "def add_ratio(frame):\n    frame['ratio'] = frame['x'] / frame['n']",
        "def add_ratio(frame):\n    return frame.assign(ratio=frame['x'] / frame['n'])",
        "frame = pd.DataFrame({'x': [1.0, 4.0], 'n': [2, 2]})\nadd_ratio(frame)\n"
        "assert list(frame['ratio']) == [0.5, 2.0]",
    ),
    "a function that is returned": Pattern(
        "def adder(k):\n    return lambda x: x + k",
        "def adder(k):\n    return k",
        "add = adder(5)\nassert callable(add)\nassert add(3) == 8",
    ),
    "a decorator": Pattern(
        "def memoised(f):\n    known = {}\n    def g(x):\n        if x not in known:\n            known[x] = f(x)\n"
        "        return known[x]\n    return g",
        "def memoised(f):\n    def g(x):\n        return f(x)\n    return g",
        "calls = []\ndef slow(x):\n    calls.append(x)\n    return 10 * x\nfast = memoised(slow)\n"
        "assert [fast(2), fast(2), fast(3)] == [20, 20, 30]\nassert calls == [2, 3]",
    ),
    "a recursion through the test cell": Pattern(
        "def memo(f):\n    known = {}\n    def g(n):\n        if n not in known:\n            known[n] = f(n)\n"
        "        return known[n]\n    return g",
        "def memo(f):\n    return lambda n: 2 * f(n)",
        "@memo\ndef fibonacci(n):\n    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)\n"
        "assert fibonacci(12) == 144",
    ),
    "a key function over objects": Pattern(
        "class Pupil:\n    def __init__(self, name, age):\n        self.name, self.age = name, age\n"
        "def oldest(pupils, key):\n    return max(pupils, key=key)",
        "class Pupil:\n    def __init__(self, name, age):\n        self.name, self.age = name, age\n"
        "def oldest(pupils, key):\n    return min(pupils, key=key)",
        "pupils = [Pupil('a', 9), Pupil('b', 11)]\nassert oldest(pupils, key=lambda p: p.age).name == 'b'",
    ),
    "a replaced helper": Pattern(
        "def helper(n):\n    return n * n\ndef total_of(n):\n    return sum(helper(k) for k in range(n))",
        "def helper(n):\n    return n * n\ndef total_of(n):\n    return sum(k * k for k in range(n))",
        "assert total_of(4) == 14\nhelper = lambda n: 100\nassert total_of(2) == 200",
    ),
    "a deleted helper": Pattern(
        "def squares(n):\n    return [k * k for k in range(n)]\ndef sum_of_squares(n):\n    return sum(squares(n))",
        "def squares(n):\n    return [k * k for k in range(n)]\ndef sum_of_squares(n):\n"
        "    return sum(k * k for k in range(n))",
        "before = squares\ndel squares\ntry:\n    sum_of_squares(3)\nexcept NameError:\n    pass\nelse:\n"
        "    raise AssertionError('it does not use squares')\nfinally:\n    squares = before\n"
        "assert sum_of_squares(3) == 5",
    ),
    "a variable that a function changes": Pattern(
        "def remember(x):\n    history.append(x)",
        "def remember(x):\n    return history + [x]",
        "n = len(history)\nremember('a')\nassert len(history) == n + 1\nassert history[-1] == 'a'",
    ),
    "warnings": Pattern(
        "import warnings\ndef old(x):\n    warnings.warn('use new', DeprecationWarning)\n    return x",
        "def old(x):\n    return x",
        "import pytest\nwith pytest.warns(DeprecationWarning, match='new'):\n    old(1)",
    ),
    "sets and dictionaries": Pattern(
        "def letters(word):\n    from collections import Counter\n    return Counter(word)",
        "def letters(word):\n    return set(word)",
        "assert letters('abba') == {'a': 2, 'b': 2}",
    ),
    "a range and an iterator handed over": Pattern(
        "def add_all(numbers):\n    return sum(numbers)",
        "def add_all(numbers):\n    return max(numbers)",
        "assert add_all(range(5)) == 10\nassert add_all(x * x for x in [1, 2]) == 5\nassert add_all(iter([2])) == 2",
    ),
    "types handed over": Pattern(
        "def convert(values, kind):\n    return [kind(v) for v in values]",
        "def convert(values, kind):\n    return [float(v) for v in values]",
        "assert convert(['1', '2'], int) == [1, 2]\nassert all(type(v) is int for v in convert(['1'], int))",
    ),
    "a context manager": Pattern(
        "class Tally:\n    def __enter__(self):\n        self.state = 'open'\n        return self\n"
        "    def __exit__(self, *error):\n        self.state = 'closed'",
        "class Tally:\n    def __enter__(self):\n        self.state = 'open'\n        return self\n"
        "    def __exit__(self, *error):\n        self.state = 'open'",
        "with Tally() as tally:\n    assert tally.state == 'open'\nassert tally.state == 'closed'",
    ),
    "a container of the student's": Pattern(
        "class Stack:\n    def __init__(self):\n        self._items = []\n    def push(self, x):\n        self._items.append(x)\n"
        "    def pop(self):\n        if not self._items:\n            raise IndexError('empty')\n"
        "        return self._items.pop()\n    def __len__(self):\n        return len(self._items)\n"
        "    def __contains__(self, x):\n        return x in self._items\n"
        "    def __iter__(self):\n        return iter(self._items)\n    def __getitem__(self, k):\n        return self._items[k]",
        "class Stack:\n    def __init__(self):\n        self._items = []\n    def push(self, x):\n        self._items.append(x)\n"
        "    def pop(self):\n        return self._items.pop(0)\n    def __len__(self):\n        return len(self._items)\n"
        "    def __contains__(self, x):\n        return x in self._items\n"
        "    def __iter__(self):\n        return iter(self._items)\n    def __getitem__(self, k):\n        return self._items[k]",
        "s = Stack()\nassert not s\ns.push(1)\ns.push(2)\nassert 2 in s and 3 not in s\nassert list(s) == [1, 2]\n"
        "assert s[0] == 1\nassert s.pop() == 2\nassert len(s) == 1\ns.pop()\nimport pytest\n"
        "with pytest.raises(IndexError):\n    s.pop()",
    ),
    "an attribute that is set, and one that is missing": Pattern(
        "class Account:\n    def __init__(self, balance):\n        self.balance = balance\n"
        "    @property\n    def rich(self):\n        return self.balance > 100",
        "class Account:\n    def __init__(self, balance):\n        self.balance = balance\n        self.rich = balance > 100",
        "a = Account(5)\nassert not hasattr(a, 'debt')\nassert not a.rich\na.balance = 500\nassert a.rich",
    ),
    "a subclass": Pattern(
        "class Shape:\n    def area(self):\n        return 0\nclass Square(Shape):\n    def __init__(self, a):\n"
        "        self.a = a\n    def area(self):\n        return self.a ** 2",
        "class Shape:\n    def area(self):\n        return 0\nclass Square:\n    def __init__(self, a):\n"
        "        self.a = a\n    def area(self):\n        return self.a ** 2",
        "assert issubclass(Square, Shape)\nassert isinstance(Square(2), Shape)\nassert Square(3).area() == 9",
    ),
    "a named tuple": Pattern(
        "from collections import namedtuple\nFit = namedtuple('Fit', 'slope intercept')\ndef fit(x, y):\n"
        "    slope, intercept = np.polyfit(x, y, 1)\n    return Fit(float(slope), float(intercept))",
        "from collections import namedtuple\nFit = namedtuple('Fit', 'slope intercept')\ndef fit(x, y):\n"
        "    slope, intercept = np.polyfit(x, y, 1)\n    return Fit(float(intercept), float(slope))",
        "found = fit([0, 1, 2], [1, 3, 5])\nassert np.isclose(found.slope, 2)\nassert np.isclose(found.intercept, 1)\n"
        "slope, intercept = found\nassert round(slope, 6) == 2",
    ),
    "a function called by a mock": Pattern(
        "def notify(send, names):\n    for name in names:\n        send(name, urgent=True)",
        "def notify(send, names):\n    for name in names:\n        send(name)",
        "from unittest.mock import Mock\nsend = Mock(return_value=None)\nnotify(send, ['a', 'b'])\n"
        "assert send.call_count == 2\nsend.assert_called_with('b', urgent=True)",
    ),
    "sleep that is mocked": Pattern(
        "import time\ndef wait_for(n):\n    for _ in range(n):\n        time.sleep(60)\n    return n",
        "import time\ndef wait_for(n):\n    return n",
        "from unittest.mock import patch\nwith patch('time.sleep') as slept:\n    assert wait_for(3) == 3\n"
        "assert slept.call_count == 3",
    ),
    "a scatter's data": Pattern(
        "def cloud(x, y):\n    fig, ax = plt.subplots()\n    ax.scatter(x, y)\n    ax.set_xlim(0, 10)\n    return fig, ax",
        "def cloud(x, y):\n    fig, ax = plt.subplots()\n    ax.scatter(y, x)\n    ax.set_xlim(0, 10)\n    return fig, ax",
        "fig, ax = cloud([1, 2], [3, 4])\nassert len(fig.axes) == 1\n"
        "assert np.allclose(ax.collections[0].get_offsets(), [[1, 3], [2, 4]])\nassert ax.get_xlim() == (0, 10)",
    ),
    "an argument that an error leaves as it was": Pattern(
        "def pay(account, x):\n    if x > account[0]:\n        raise ValueError(x)\n    account[0] -= x",
        "def pay(account, x):\n    account[0] -= x\n    if account[0] < 0:\n        raise ValueError(x)",
        "import pytest\naccount = [5]\nwith pytest.raises(ValueError):\n    pay(account, 9)\n"
        "assert account == [5]\npay(account, 2)\nassert account == [3]",
    ),
    "an argument that is changed before an error": Pattern(
        "def note(x, log):\n    log.append(x)\n    raise KeyError(x)",
        "def note(x, log):\n    raise KeyError(x)",
        "from contextlib import suppress\nlog = []\nwith suppress(KeyError):\n    note(1, log)\nassert log == [1]",
    ),
    "a helper replaced within a function": Pattern(
        "def step(n):\n    return n + 1\ndef two(n):\n    return step(step(n))",
        "def step(n):\n    return n + 1\ndef two(n):\n    return n + 2",
        "def with_zero():\n    global step\n    step = lambda n: 0\n    return two(5)\nassert with_zero() == 0",
    ),
    "a variable": Pattern(
        "answer = 42.0", "answer = 24.0", "assert isinstance(answer, float)\nassert answer == 42"
    ),
    "a helper of an earlier test cell": Pattern(
        "def triple(x):\n    return 3 * x",
        "def triple(x):\n    return x ** 3",
        "def expect(function, inputs, outputs):\n    for one, other in zip(inputs, outputs):\n"
        "        assert function(one) == other, f'{one} gives {other}'\nexpect(triple, [1, 2], [3, 6])",
    ),
}
"""And those that were thought of beside."""
PATTERNS = NAMED | MORE
