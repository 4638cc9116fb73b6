# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tries whether one point passes on one kernel."""
from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from .. import invoked
from ..endings import Signals
from ..errors import Refused
from ..reading import load
from ..report.tally import items
from ..request import Request, Selection
from ..text import clean
from ..verdicts import ACCUSING, RANK
from .order import Order
from .start import Series

Json = Dict[str, Any]
# The exit statuses that git bisect run expects.
GOOD, BAD, CANNOT_TELL = 0, 1, 125


@dataclass(frozen=True)
class Outcome:
    """A verdict and its reason."""

    verdict: str
    reason: str = ""

    @property
    def status(self) -> int:
        """GOOD, BAD or CANNOT_TELL."""
        if self.verdict == "pass":
            return GOOD
        return BAD if self.verdict in ACCUSING else CANNOT_TELL

    def __str__(self) -> str:
        return self.verdict + (f": {self.reason}" if self.reason else "")


def once(options: Json, request: Request, point: Optional[str], folder: str,
         signals: Signals) -> Outcome:
    """Runs a request in a guest with these options, recorded in `folder`, which does not exist
    yet. Returns the verdict of the point, or of the only point of the run (None). Raises Refused
    where the guest is not possible, and Interrupted."""
    order = Order(options, os.path.dirname(folder), request, request.words())
    try:
        Series(order).run(folder, signals)
    except Refused:
        # A run without a point that passed has no figures.
        if signals.requested or not os.path.exists(os.path.join(folder, "run.json")):
            raise
    found = _found(folder, point)
    if not found:
        raise Refused(f"{clean(point or 'the program')} was not run on that kernel "
                      f"({invoked.command('report ' + folder)})")
    # A leak or a complaint, which the point's own checks do not show, counts as its failure.
    verdict, reason = max(found, key=lambda one: RANK[one[0]])
    return Outcome(verdict, clean(reason or "", 500))


def _found(folder: str, point: Optional[str]) -> List[Tuple[str, Optional[str]]]:
    """The verdicts and reasons of a run of this point alone, the program's among them; none where
    it was not run. For the only point (None), its own."""
    counted = list(items(*load(folder)))
    points = [one for one in counted if one.point is not None and point in (None, one.name)]
    whole = [one for one in counted if one.point is None]
    of_programs = [one for one in whole if one.result.get("name")]
    if point is None:
        only = points or of_programs
        return [(one.verdict, one.reason) for one in only] if len(only) == 1 else []
    return [(one.verdict, one.reason) for one in points + whole] if points or of_programs else []


def again(options: Json, point: str, times: int, folder: str, signals: Signals,
          request: Optional[Request] = None) -> Outcome:
    """Runs a point `times` times, each time in a new boot, until it does not pass. Known issues
    count as failures. The runs are below `folder`. Raises as once() does."""
    asked = request or Request("func", Selection((point,)), no_known_issues=True,
                               allow_all_skipped=True)
    said = Outcome("pass")
    for number in range(1, times + 1):
        said = once(options, asked, point, os.path.join(folder, str(number)), signals)
        if said.status != GOOD:
            break
    return said
