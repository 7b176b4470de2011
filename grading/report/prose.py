"""Prose of students, markers and checks as HTML in which nothing is active.

No tag of theirs, no link that hides its address, nothing that loads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from grading.report.formulas import formula

LONGEST = 20_000  # characters that are read as Markdown; longer prose stands as it was typed
MOST_ENVIRONMENTS = 50
_GREEK = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "eta",
    "theta",
    "lambda",
    "mu",
    "pi",
    "rho",
    "sigma",
    "tau",
)
_SPAN = re.compile(r"`([^`\n]{1,200})`|\$([^$\n]{1,200})\$")
_NAME = re.compile(
    rf"(?<![\w.\\])(?:(?P<base>[A-Za-z]|{'|'.join(_GREEK)})(?:_(?P<sub>[A-Za-z0-9]{{1,2}}))?(?:\^(?P<sup>\w))?"
    rf"|(?P<code>[A-Za-z]\w*_\w+))(?![\w(]|\.\w|=)"
)

Tokens = Sequence[Token]
Env = MutableMapping[str, Any]


class _Renderer(RendererHTML):
    """CommonMark's HTML without attributes but those written here.

    Rules return plain `str`: one `Markup` would escape the tags that stand before it.
    """

    @staticmethod
    def renderAttrs(token: Token) -> str:  # noqa: N802 (its base class calls it so)
        """Leave out what the text would put into tags; a list keeps its first number."""
        start = token.attrs.get("start")
        return f' start="{start}"' if token.type == "ordered_list_open" and isinstance(start, int) else ""

    def heading_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: Env) -> str:
        """Open a heading below those of the page."""
        return f"<{_demoted(tokens[idx])}>"

    def heading_close(self, tokens: Tokens, idx: int, options: OptionsDict, env: Env) -> str:
        """Close it."""
        return f"</{_demoted(tokens[idx])}>\n"

    def fence(self, tokens: Tokens, idx: int, options: OptionsDict, env: Env) -> str:
        """Code, whatever its language."""
        return f"<pre><code>{escape(tokens[idx].content)}</code></pre>\n"

    def link_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: Env) -> str:
        """Nothing: the address is shown after the words, or in place of an address that was typed alone."""
        if tokens[idx].markup == "autolink":
            tokens[idx + 1].content = ""
        return ""

    def link_close(self, tokens: Tokens, idx: int, options: OptionsDict, env: Env) -> str:
        """The address that the words before stand for; a link if it is one of the web."""
        start = next(k for k in range(idx - 1, -1, -1) if tokens[k].type == "link_open")
        address = escape(str(tokens[start].attrs.get("href", "")))
        if re.match("https?://[^/]", address):
            address = Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(address)
        return str(address) if tokens[start].markup == "autolink" else f" ({address})"

    def image(self, tokens: Tokens, idx: int, options: OptionsDict, env: Env) -> str:
        """A picture that grading kept, or that there was one."""
        source = str(tokens[idx].attrs.get("src", ""))
        words = self.renderInlineAsText(tokens[idx].children, options, env)
        if source in env["pictures"]:
            return f'<img alt="{escape(words or "picture")}" src="{escape(env["pictures"][source])}">'
        return f"(a picture, {escape(source or words)}, cannot be shown here)"

    def math_inline(self, tokens: Tokens, idx: int, options: OptionsDict, env: Env) -> str:
        """A formula in a line."""
        return str(formula(tokens[idx].content))

    def math_block(self, tokens: Tokens, idx: int, options: OptionsDict, env: Env) -> str:
        """A formula on lines of its own."""
        return f'<p class="formula">{formula(tokens[idx].content, block=True)}</p>\n'

    def math_inline_double(self, tokens: Tokens, idx: int, options: OptionsDict, env: Env) -> str:
        """A formula on lines of its own, in a paragraph."""
        return str(formula(tokens[idx].content, block=True))

    amsmath = math_block


def _demoted(token: Token) -> str:
    return f"h{min(6, int(token.tag[1:]) + 2)}"


def _reader() -> MarkdownIt:
    # definitions of references take markdown-it quadratic time; without them a reference stands as it was typed
    reader = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).disable("reference")
    reader.enable(["table", "strikethrough"])
    reader.use(dollarmath_plugin, allow_labels=False, allow_digits=False, double_inline=True).use(amsmath_plugin)
    for name in ("math_inline", "math_inline_double", "math_block", "amsmath"):  # in place of the plugins' own
        reader.add_render_rule(name, getattr(_Renderer, name))
    return reader


_READER = _reader()


def prose(text: str, pictures: Mapping[str, str] | None = None) -> Markup:
    """Markdown, with formulas between dollars, as HTML.

    Parameters
    ----------
    text : str
        What somebody wrote.
    pictures : mapping of str to str, optional
        The pictures that it may show: target -> data URI.
    """
    # an environment without an end is looked for to the end of the text
    if len(text) > LONGEST or text.count("\\begin") > MOST_ENVIRONMENTS:
        return Markup('<pre class="prose">{}</pre>').format(text)
    return Markup(_READER.render(text, {"pictures": pictures or {}}))  # _Renderer escapes all that is theirs


def message(text: str) -> Markup:
    """A sentence of a check: symbols such as ``s_j^2`` as formulas, names such as ``group_summary`` as code.

    What stands between backticks is code, what stands between dollars a formula.
    """
    parts = []
    end = 0
    for span in _SPAN.finditer(text):
        parts += [_symbols(text[end : span.start()]), _span(span)]
        end = span.end()
    return Markup("").join([*parts, _symbols(text[end:])])


def _span(span: re.Match[str]) -> Markup:
    return Markup("<code>{}</code>").format(span[1]) if span[1] else formula(span[2])


def _symbols(text: str) -> Markup:
    parts = []
    end = 0
    for name in _NAME.finditer(text):
        parts += [escape(text[end : name.start()]), _symbol(name)]
        end = name.end()
    return Markup("").join([*parts, escape(text[end:])])


def _symbol(name: re.Match[str]) -> Markup:
    """A symbol with an index or a power, or a Greek letter, as a formula; a single letter stays a word."""
    if name["code"]:
        return Markup("<code>{}</code>").format(name["code"])
    base, sub, sup = name["base"], name["sub"], name["sup"]
    if not sub and not sup and base not in ("mu", "sigma", "tau"):
        return escape(name.group())
    tex = f"\\{base}" if base in _GREEK else base
    return formula(tex + (f"_{{{sub}}}" if sub else "") + (f"^{{{sup}}}" if sup else ""))
