# SPDX-License-Identifier: LGPL-2.1-or-later
"""How figures grow before and after: their exponents, and the knees of open loops."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

from ..curves import Curve, curves
from ..knees import Knee, knees
from ..report.loops import where
from ..text import clean
from .sides import Side

Json = Dict[str, Any]
_FIT = ("exponent", "low", "high", "constant")


@dataclass(frozen=True)
class Growth:
    """The curves and open loops that both sides have."""

    curves: List[Tuple[Curve, Curve]]
    knees: List[Tuple[Knee, Knee]]

    def as_json(self) -> Json:
        """For compare.json."""
        return {
            "curves": [{"name": one.name, "by": one.by, "at": one.at,
                        "differs": differs(one, other), "before": _fit(one), "after": _fit(other)}
                       for one, other in self.curves],
            "knees": [{"name": one.name, "before": _knee(one), "after": _knee(other)}
                      for one, other in self.knees]}

    def lines(self) -> List[str]:
        """For the terminal: curves that differ, and all open loops."""
        found = [f"scaling: {clean(one.name, 200)} [{clean(where(one), 200)}]: {one.text()} "
                 f"before, {other.text()} after"
                 for one, other in self.curves if differs(one, other)]
        return found + [f"open loop: {clean(one.name, 200)}: {one.text()} before, {other.text()} "
                        "after" for one, other in self.knees]

    def rows(self) -> List[Json]:
        """For the page: everything."""
        return [{"name": f"{one.name} [{where(one)}]", "before": one.text(), "after": other.text(),
                 "differs": differs(one, other)} for one, other in self.curves] + [
            {"name": f"{one.name}, open loop", "before": one.text(), "after": other.text(),
             "differs": False} for one, other in self.knees]


def differs(one: Curve, other: Curve) -> bool:
    """True when the 95 % intervals of the exponents do not touch."""
    if None in (one.low, one.high, other.low, other.high):
        return False
    return bool(one.high < other.low or other.high < one.low)  # type: ignore[operator]


def _fit(curve: Curve) -> Json:
    return {key: curve.as_json()[key] for key in _FIT}


def _knee(knee: Knee) -> Json:
    return {"knee": knee.knee, "saturated": knee.as_json()["saturated"]}


def _key(curve: Curve) -> Any:
    return curve.name, curve.by, curve.unit, tuple(sorted(curve.at.items()))


def growth(before: Side, after: Side) -> Growth:
    """What both sides have."""
    later = {_key(curve): curve for curve in curves(after.figures.values())}
    loops = {knee.name: knee for knee in knees(after.figures.values())}
    return Growth([(one, later[_key(one)]) for one in curves(before.figures.values())
                   if _key(one) in later],
                  [(one, loops[one.name]) for one in knees(before.figures.values())
                   if one.name in loops])
