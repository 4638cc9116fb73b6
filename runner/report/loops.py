# SPDX-License-Identifier: LGPL-2.1-or-later
"""The open loop at its rates, and the curves by which figures grow, in reports."""
from __future__ import annotations

from typing import Any, Dict, List, Sequence

from ..curves import Curve, curves
from ..figures import Figures, median
from ..knees import Knee, knees
from ..text import clean, count, quantity
from .chart import Line, chart

Json = Dict[str, Any]
_HEADS = ("rate", "achieved", "p50", "p99", "max", "late p99", "missed")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def place(by: str, value: float) -> str:
    """`64 MB`, `4 workers`."""
    if by != "memory":
        return f"{value:g} {by[:-1] if value == 1 else by}"
    for size, unit in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")):
        if value >= size:
            return f"{value / size:.4g} {unit}"
    return f"{value:g} B"


def rows(knee: Knee, counted: bool) -> List[Sequence[str]]:
    """The rates of a figure, as the columns of _HEADS."""
    return [(_number(one.rate), _number(one.achieved),
             *(quantity(value, "ns", counted) for value in (one.p50, one.p99, one.most, one.late)),
             str(one.missed)) for one in knee.rates]


def open_loop(numbers: Figures, counted: bool) -> List[str]:
    """The lines of a report about the open loop."""
    lines = []
    for knee in knees(numbers.found().values()):
        lines.append(f"  {clean(knee.name, 100)}: {knee.text()}")
        lines += ["    " + "".join(f"{clean(word):>12}" for word in row)
                  for row in [_HEADS, *rows(knee, counted)]]
    return lines


def beyond(curve: Curve, counted: bool) -> str:
    """`, beyond 41 us`: what does not grow."""
    if curve.flat or curve.constant <= 0:
        return ""
    return f", beyond {quantity(curve.constant, curve.unit, counted)}"


def where(curve: Curve) -> str:
    """`4 values from 0 to 16384 mappings, 2 workers`."""
    ends = [place(curve.by, curve.points[end][0]) for end in (0, -1)]
    rest = "".join(f", {place(by, value)}" for by, value in curve.at.items())
    return f"{count(len(curve.points), 'value')} from {ends[0]} to {ends[1]}{rest}"


def scaling(numbers: Figures, counted: bool) -> List[str]:
    """The lines of a report about curves."""
    return [f"  {clean(curve.name, 100)} {curve.text()}{clean(beyond(curve, counted))}"
            f"  [{clean(where(curve), 200)}]"
            for curve in curves(numbers.found().values())]


def knees_of_page(numbers: Figures, counted: bool) -> List[Json]:
    """The same for the page."""
    found = []
    for knee in knees(numbers.found().values()):
        lines = [Line(name, [(one.achieved, getattr(one, key)) for one in knee.rates])
                 for name, key in (("p50", "p50"), ("p99", "p99"), ("late p99", "late"))]
        found.append({"name": knee.name, "text": knee.text(), "heads": _HEADS,
                      "rows": rows(knee, counted),
                      "chart": chart(lines, "achieved a second", "ns from due")})
    return found


def curves_of_page(numbers: Figures, counted: bool) -> List[Json]:
    """The curves of the page: those of one figure by one dimension share a chart."""
    groups: Dict[Any, List[Curve]] = {}
    for curve in curves(numbers.found().values()):
        groups.setdefault((curve.name, curve.by, curve.unit), []).append(curve)
    return [{"name": name, "by": by,
             "rows": [(where(curve), curve.text() + beyond(curve, counted)) for curve in group],
             "chart": chart([Line(", ".join(place(*item) for item in curve.at.items()),
                                  [(x, median(values)) for x, values in curve.points])
                             for curve in group], by, clean(unit, 40))}
            for (name, by, unit), group in groups.items()]
