# SPDX-License-Identifier: LGPL-2.1-or-later
"""Flame graphs, of one profile or of the difference of two, as SVG without any package."""
from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Callable, Dict, List, Optional, Tuple

from ..profiles import Profile
from ..text import clean

_WIDTH, _ROW = 1100.0, 17
# Narrower frames cannot be seen.
_LEAST = 0.4
# Pixels of a letter.
_LETTER = 6.6
_ALL = "all"
# A frame whose own part grew or fell by this share of the operation has the full colour.
_FULL = 0.05


@dataclass
class Frame:
    """A function called in one way, by its callers: its time an operation before and after, with
    what it calls, and by itself."""

    whole: List[float] = field(default_factory=lambda: [0.0, 0.0])
    own: List[float] = field(default_factory=lambda: [0.0, 0.0])
    calls: "Dict[str, Frame]" = field(default_factory=dict)

    @property
    def width(self) -> float:
        """The mean of both, so that frames that are only on one side are shown too."""
        return sum(self.whole) / 2

    def depth(self) -> int:
        """The number of rows."""
        return 1 + max((frame.depth() for frame in self.calls.values()), default=0)


def _add(root: Frame, profile: Profile, side: int, took: float) -> None:
    for stack, times in profile.stacks.items():
        part = took * times / profile.samples
        root.whole[side] += part
        frame = root
        for name in stack:
            frame = frame.calls.setdefault(name, Frame())
            frame.whole[side] += part
        frame.own[side] += part


def tree(before: Profile, after: Profile, took: Tuple[float, float]) -> Frame:
    """The frames of both; `took`: the time of an operation."""
    root = Frame()
    for side, profile in enumerate((before, after)):
        if profile.samples:
            _add(root, profile, side, took[side])
    return root


def _colour(frame: Frame, total: float, differs: bool) -> str:
    """Red for what takes longer by itself than before, green for less."""
    if not differs:
        return "color-mix(in srgb, var(--doubt) 30%, var(--paper))"
    change = (frame.own[1] - frame.own[0]) / total
    strength = min(100, round(100 * abs(change) / _FULL))
    if strength < 2:
        return "var(--shade)"
    return f"color-mix(in srgb, var(--{'bad' if change > 0 else 'good'}) {strength}%, var(--shade))"


def _draw(parts: List[str], named: Tuple[str, Frame], at: Tuple[float, int],
          scale: Tuple[float, bool], shown: Callable[[float], str]) -> None:
    (name, frame), (x, row), (total, differs) = named, at, scale
    width = _WIDTH * frame.width / total
    if width < _LEAST:
        return
    times = f"{shown(frame.whole[0])} to {shown(frame.whole[1])}, itself " \
            f"{shown(frame.own[0])} to {shown(frame.own[1])}" if differs else \
            f"{shown(frame.whole[1])}, itself {shown(frame.own[1])}"
    label = clean(name, 200)
    letters = int((width - 4) / _LETTER)
    short = label if len(label) <= letters else label[:letters - 2] + ".." if letters > 4 else ""
    parts.append(
        f'<g><title>{escape(f"{label}: {times}")}</title><rect x="{x:.1f}" y="{row * _ROW}" '
        f'width="{width:.1f}" height="{_ROW - 1}" fill="{_colour(frame, total, differs)}" '
        'stroke="var(--line)" stroke-width=".5"/>'
        + (f'<text x="{x + 2:.1f}" y="{row * _ROW + 12}" font-size="11" fill="var(--ink)">'
           f'{escape(short)}</text>' if short else "") + "</g>")
    for called, below in sorted(frame.calls.items()):
        _draw(parts, (called, below), (x, row + 1), scale, shown)
        x += _WIDTH * below.width / total


def flame(before: Optional[Profile], after: Profile, took: Tuple[float, float],
          shown: Callable[[float], str]) -> str:
    """The SVG element, the outermost functions on top; without `before` of one profile. `shown`
    makes a time readable."""
    differs = before is not None
    root = tree(before or after, after, took if differs else (took[1], took[1]))
    if root.width <= 0:
        return ""
    parts: List[str] = []
    _draw(parts, (_ALL, root), (0.0, 0), (root.width, differs), shown)
    height = root.depth() * _ROW
    return (f'<svg class="flame" viewBox="0 0 {_WIDTH:g} {height}" width="{_WIDTH:g}" role="img" '
            f'font-family="ui-monospace, monospace" aria-label="flame graph">'
            + "".join(parts) + "</svg>")
