# SPDX-License-Identifier: LGPL-2.1-or-later
"""The comparison as one self-contained HTML file."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, List, Sequence

from ..figures import median
from ..report.page import render
from ..text import quantity
from .explained import Explained
from .growth import Growth
from .numbers import change, interval, percent
from .plots import Plots
from .sides import Side
from .verdict import WORDS, Verdict

_PERCENTILES = ("p50", "p90", "p99", "p99.9", "max")


@dataclass(frozen=True)
class More:
    """What is beside the figures."""

    growth: Growth
    explained: Sequence[Explained]

    def as_json(self) -> Dict[str, Any]:
        """For compare.json."""
        return {**self.growth.as_json(), "explained": [one.as_json() for one in self.explained]}

    def lines(self) -> List[str]:
        """For the terminal."""
        return self.growth.lines() + [line for one in self.explained for line in one.lines()]


def _row(verdict: Verdict, number: int, plots: Plots, instructions: bool) -> Dict[str, Any]:
    sides = (verdict.before, verdict.after)
    both = [side.all.quantiles() if side.all else {} for side in sides]
    return {
        "id": f"f{number}", "word": verdict.word, "name": verdict.name,
        "before": quantity(median(verdict.before.values), verdict.unit, instructions),
        "after": quantity(median(verdict.after.values), verdict.unit, instructions),
        "change": change(verdict), "interval": interval(verdict), "p": f"{verdict.p_holm:.2g}",
        # The form of numbers that the page's script reads.
        "ratio": verdict.ratio if math.isfinite(verdict.ratio) else "Infinity",
        "better": verdict.better,
        "samples": f"{len(verdict.before.values)} + {len(verdict.after.values)}",
        "percentiles": [(name, *(quantity(side[name], verdict.unit, instructions)
                                 for side in both),
                         percent(both[1][name] / both[0][name]) if both[0][name] else "")
                        for name in _PERCENTILES] if all(both) else [],
        "counts": [side.all.count for side in sides if side.all],
        "plot": plots.draw(verdict, number, instructions)}


def page(before: Side, after: Side, verdicts: Sequence[Verdict], notes: List[str],
         threshold: float, more: More) -> str:
    """The HTML text."""
    plots = Plots()
    instructions = before.instructions and after.instructions
    ordered = [v for word in WORDS for v in verdicts if v.word == word]
    return render("compare.html", {
        "before": {"label": before.label, "kernel": before.kernel(), "record": before.record},
        "after": {"label": after.label, "kernel": after.kernel(), "record": after.record},
        "counts": {word: sum(v.word == word for v in verdicts) for word in WORDS},
        "growth": more.growth.rows(),
        "explained": [one.row() for one in more.explained], "notes": notes,
        "threshold": f"{threshold:.1%}", "instructions": instructions,
        "rows": [_row(verdict, number, plots, instructions)
                 for number, verdict in enumerate(ordered)]})
