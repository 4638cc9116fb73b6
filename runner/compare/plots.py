# SPDX-License-Identifier: LGPL-2.1-or-later
"""A plot for each figure, as SVG with the colours of the page."""
from __future__ import annotations

import io
import re
from typing import Any, List, Sequence, Tuple

from ..figures import Distribution
from ..text import clean
from .verdict import Verdict

# Placeholder colours, which the page replaces by its own.
_INK, _BEFORE, _AFTER = "#010203", "#040506", "#070809"
_COLOURS = {_INK: "var(--ink)", _BEFORE: "var(--before)", _AFTER: "var(--after)"}
_INCHES = (9.6, 2.5)
_TAIL = (0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999, 0.999999)
_STEPS = 60


class Plots:
    """Draws all plots on one matplotlib figure, which is reused."""

    def __init__(self) -> None:
        import matplotlib  # type: ignore[import]
        matplotlib.use("svg")
        import matplotlib.pyplot as plt  # type: ignore[import]
        plt.rcParams.update({
            "svg.fonttype": "none", "svg.hashsalt": "hugeproof", "font.size": 8,
            "font.family": "sans-serif", "text.color": _INK, "axes.edgecolor": _INK,
            "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
            # A fixed place: searching for the best one is slow.
            "axes.titley": 1.0, "axes.titlesize": 8,
            "axes.spines.top": False, "axes.spines.right": False})
        self._sheet, self._axes = plt.subplots(
            1, 3, figsize=_INCHES, gridspec_kw={"width_ratios": (1, 1.4, 1.4)})
        self._sheet.patch.set_alpha(0)
        self._sheet.subplots_adjust(left=0.07, right=0.99, bottom=0.18, top=0.9, wspace=0.3)

    def draw(self, verdict: Verdict, number: int, instructions: bool) -> str:
        """The figure's SVG element: samples, both distributions, and the tail."""
        axes = self._axes
        # A dollar sign would begin a formula.
        unit = "instructions" if instructions and verdict.unit == "ns" else clean(
            verdict.unit, 40).replace("$", r"\$")
        for axis in axes:
            axis.clear()
            axis.set_axis_on()
            axis.patch.set_alpha(0)
        _samples(axes[0], verdict, unit)
        if verdict.before.all and verdict.after.all:
            both = ((verdict.before.all, _BEFORE), (verdict.after.all, _AFTER))
            _spread(axes[1], both, unit)
            _tail(axes[2], both, unit)
        else:
            axes[1].set_axis_off()
            axes[2].set_axis_off()
        text = io.StringIO()
        self._sheet.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        return _embed(text.getvalue(), number)


def _samples(axis: Any, verdict: Verdict, unit: str) -> None:
    """Plots each sample as a point, in the order in which they were taken."""
    for place, (side, colour) in enumerate(((verdict.before, _BEFORE), (verdict.after, _AFTER))):
        spread = max(1, len(side.values) - 1)
        across = [place + 0.5 * nth / spread - 0.25 for nth in range(len(side.values))]
        axis.plot(across, side.values, "o", color=colour, markersize=3.5,
                  markerfacecolor=colour if place else "none")
    axis.set_xticks([0, 1], ["before", "after"])
    axis.set_xlim(-0.5, 1.5)
    _ticks(axis.yaxis, 1, 1)
    axis.set_ylabel(unit)
    axis.set_title("each sample")


def _spread(axis: Any, both: Sequence[Tuple[Distribution, str]], unit: str) -> None:
    """Plots the distributions of all values, on a logarithmic scale."""
    import numpy
    values = [list(side.values()) for side, _ in both]
    least = max(1, min(part[0][0] for part in values))
    # Up to the 99.9th percentile, because the tail has a plot of its own.
    most = max(least * 1.01, *(side.quantile(0.999) for side, _ in both))
    edges = numpy.geomspace(least * 0.999, most * 1.001, _STEPS)
    for part, (side, colour) in zip(values, both):
        heights, _ = numpy.histogram([value for value, _ in part], bins=edges,
                                     weights=[count / side.count for _, count in part])
        axis.stairs(heights, edges, color=colour, linewidth=1.2,
                    linestyle="-" if colour == _AFTER else "--")
    axis.set_xscale("log")
    _ticks(axis.xaxis, least, most)
    axis.set_xlabel(unit)
    axis.set_title("share of all values (dashed: before)")


def _tail(axis: Any, both: Sequence[Tuple[Distribution, str]], unit: str) -> None:
    """Plots the value that one of N values exceeds, up to the maximum."""
    for side, colour in both:
        shares = [share for share in _TAIL if share <= 1 - 1 / max(2, side.count)]
        across = [1 / (1 - share) for share in shares] + [float(side.count)]
        axis.plot(across, [side.quantile(share) for share in shares] + [side.greatest],
                  marker=".", color=colour, linewidth=1.2,
                  linestyle="-" if colour == _AFTER else "--")
    axis.set_xscale("log")
    axis.set_yscale("log")
    _ticks(axis.xaxis, 1, max(side.count for side, _ in both))
    _ticks(axis.yaxis, min(side.quantile(0.5) for side, _ in both) or 1,
           max(side.greatest for side, _ in both))
    axis.set_xlabel("exceeded once in so many values")
    axis.set_ylabel(unit)
    axis.set_title("the tail (dashed: before)")


def _ticks(axis: Any, least: float, most: float) -> None:
    """Sets a few ticks with short numbers: powers of ten where the scale spans several."""
    from matplotlib import ticker
    axis.set_major_locator(ticker.LogLocator(numticks=6) if most > 30 * least else
                           ticker.MaxNLocator(4))
    axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(ticker.EngFormatter(sep=""))


def _embed(svg: str, number: int) -> str:
    """The SVG element, with unique ids and the colours of the page."""
    text = svg[svg.index("<svg"):]
    for colour, variable in _COLOURS.items():
        text = text.replace(colour, variable)
    text = re.sub(r'\bid="', f'id="f{number}-', text)
    text = re.sub(r'(xlink:href="|url\()#', rf"\g<1>#f{number}-", text)
    lines: List[str] = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines)
