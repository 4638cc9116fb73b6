# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small charts of lines on logarithmic axes, as SVG, without any package."""
from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Iterable, List, Sequence, Tuple

from ..text import clean

_WIDTH, _HEIGHT = 560, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 12, 40
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4")
# Zero has no logarithm: it stands so far left of the least place.
_ZERO = 0.5
MOST_LINES = 12


@dataclass(frozen=True)
class Line:
    """A line through points (x, y)."""

    name: str
    points: Sequence[Tuple[float, float]]


class _Axis:
    """A logarithmic axis from pixel `begin` to pixel `end`."""

    def __init__(self, values: Iterable[float], begin: float, end: float) -> None:
        shown = [value for value in values if value > 0] or [1.0]
        self.least, self.most = min(shown), max(shown)
        if self.most < 1.2 * self.least:
            self.least, self.most = self.least / 1.1, self.most * 1.1
        self.begin, self.end = begin, end

    def include_zero(self) -> None:
        """Makes room for the place of zero."""
        self.least *= _ZERO

    def at(self, value: float) -> float:
        """The pixel of a value."""
        share = math.log(max(value, self.least) / self.least) / math.log(self.most / self.least)
        return self.begin + (self.end - self.begin) * share

    def ticks(self) -> List[float]:
        """Powers of ten, or where there are fewer than two of them, the ends."""
        decades = range(math.ceil(math.log10(self.least)), math.floor(math.log10(self.most)) + 1)
        step = max(1, len(decades) // 6)
        found = [10.0 ** decade for decade in decades][::step]
        return found if len(found) > 1 else [self.least, self.most]


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" '
            f'fill="var(--ink)">{escape(clean(words, 60))}</text>')


def _frame(across: _Axis, up: _Axis, x_name: str, y_name: str) -> List[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="var(--faint)"/>',
             _text((_LEFT + right) / 2, _HEIGHT - 6, x_name, "middle"),
             _text(_LEFT, _TOP - 1, y_name, "middle")]
    for value in across.ticks():
        parts.append(_text(across.at(value), bottom + 15, _short(value), "middle"))
    for value in up.ticks():
        y = up.at(value)
        parts.append(_text(_LEFT - 5, y + 4, _short(value), "end"))
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="var(--line)"/>')
    return parts


def chart(lines: Sequence[Line], x_name: str, y_name: str) -> str:
    """The SVG element, with the colours of the page; of many lines the first."""
    shown = [line for line in lines if line.points][:MOST_LINES]
    places = [x for line in shown for x, _ in line.points]
    across = _Axis(places, _LEFT, _WIDTH - _RIGHT)
    if any(place <= 0 for place in places):
        across.include_zero()
    up = _Axis((y for line in shown for _, y in line.points), _HEIGHT - _BOTTOM, _TOP)
    parts = _frame(across, up, x_name, y_name)
    for nth, line in enumerate(shown):
        colour = ("var(--after)", "var(--before)", "var(--ink)")[nth % 3]
        dash = f' stroke-dasharray="{_DASHES[nth % 5]}"' if _DASHES[nth % 5] else ""
        spots = [(across.at(x), up.at(y)) for x, y in line.points]
        track = "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        parts.append(f'<path d="M{track}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in spots]
        # The legend has a row of its own for each, as ends of lines may lie on each other.
        y = _TOP + 10 + 17 * nth
        parts.append(f'<path d="M{_WIDTH - _RIGHT + 8} {y - 4}h22" stroke="{colour}" '
                     f'stroke-width="1.6"{dash}/>')
        parts.append(_text(_WIDTH - _RIGHT + 34, y, line.name[:24], "start"))
    label = escape(clean(f"{y_name} by {x_name}: " + ", ".join(line.name for line in shown)))
    return (f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" '
            f'aria-label="{label}">' + "".join(parts) + "</svg>")
