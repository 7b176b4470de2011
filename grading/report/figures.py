"""The report's two figures as SVG in the page's light or dark colours; patterns tell what colours tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

WIDE = 440
_TOP, _BAR_ROOM, _FOOT = 22, 130, 44
_PATTERNS = Markup(
    '<defs><pattern id="pattern-some" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="ground" width="7" height="7"/>'
    '<rect class="mark" width="3" height="7"/></pattern>'
    '<pattern id="pattern-none" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect class="ground" width="6" height="6"/><circle class="mark" cx="3" cy="3" r="1.4"/></pattern></defs>'
)
TO_BE_MARKED = "to be marked"
_FILLS = {
    "full marks": "fill-full",
    "some": "fill-some",
    "none": "fill-none",
    "not written": "fill-blank",
    TO_BE_MARKED: "fill-waiting",
}


def histogram(counts: Sequence[int], title: str) -> Markup:
    """Bars of how many students have 0 to 10 %, 10 to 20 %, ... of the points; the number stands on each bar."""
    step = WIDE / len(counts)
    unit = _BAR_ROOM / max(1, *counts)
    base = _TOP + _BAR_ROOM
    parts = []
    for k, count in enumerate(counts):
        height = count * unit
        parts.append(
            Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                k * step + 3, base - height, step - 6, height
            )
        )
        if count:
            parts.append(_text((k + 0.5) * step, base - height - 5, str(count), "middle"))
    ticks = [
        _text(k * step, base + 17, str(round(100 * k / len(counts))), "middle") for k in range(1, len(counts))
    ]
    axis = Markup('<line class="axis" x1="0" x2="{}" y1="{}" y2="{}"/>').format(WIDE, base, base)
    ends = [_text(0, base + 17, "0", "start"), _text(WIDE, base + 17, "100", "end")]
    label = _text(WIDE / 2, base + 37, "percent of the points marked so far", "middle")
    return _svg(title, base + _FOOT, [*parts, axis, *ticks, *ends, label])


def outcome_bars(rows: Sequence[tuple[str, Mapping[str, int]]], title: str) -> Markup:
    """For each task a bar of all its answers, split by what they earned; the words above say the same."""
    parts: list[Markup] = [_PATTERNS]
    y = 0
    for label, outcomes in rows:
        total = sum(outcomes.values())
        parts.append(_text(0, y + 14, label if len(label) <= 58 else label[:56] + "...", "start", "strong"))
        words = ", ".join(f"{count} {name}" for name, count in outcomes.items() if count) or "no answer has a mark"
        parts.append(_text(0, y + 31, words, "start"))
        x = 0.0
        for name, count in outcomes.items():
            if count:
                width = WIDE * count / total
                parts.append(
                    Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="15"/>').format(
                        _FILLS[name], x + 1, y + 37, max(width - 2, 0.5)
                    )
                )
                x += width
        y += 66
    return _svg(title, max(y - 6, 1), parts)


def key() -> list[tuple[str, Markup]]:
    """What each filling of `outcome_bars` means."""
    box = (
        '<svg class="key" viewBox="0 0 26 15" aria-hidden="true">'
        '<rect class="{}" x="1" y="1" width="24" height="13"/></svg>'
    )
    return [(name, Markup(box).format(fill)) for name, fill in _FILLS.items()]


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, text
    )


def _svg(title: str, height: float, parts: Sequence[Markup]) -> Markup:
    start = Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {:.0f}">').format(title, WIDE, height)
    return start + Markup("").join(parts) + Markup("</svg>")
