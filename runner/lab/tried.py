# SPDX-License-Identifier: LGPL-2.1-or-later
"""One point on one kernel: does it pass there?"""
from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Dict, Optional

from ..endings import Signals
from ..errors import Refused
from ..reading import load
from ..request import Request, Selection
from ..text import clean
from ..verdicts import ACCUSING
from .order import Order
from .start import Series

Json = Dict[str, Any]
# As git bisect run takes them.
GOOD, BAD, CANNOT_TELL = 0, 1, 125


@dataclass(frozen=True)
class Said:
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
         signals: Signals) -> Said:
    """Runs what is requested in a guest with these options, recorded into `folder`, which does
    not exist yet; what became of the point, or of the only one (None). Raises Refused where the
    guest cannot be, and Interrupted."""
    order = Order(options, os.path.dirname(folder), request, request.words())
    try:
        Series(order).run(folder, signals)
    except Refused:
        # A run in which nothing passed is one that gave no figures.
        if signals.requested or not os.path.exists(os.path.join(folder, "run.json")):
            raise
    points = [one for result in load(folder)[1] for one in result["points"]
              if point in (None, one["name"])]
    results = [result for result in load(folder)[1] if not result["points"]]
    found = points or results
    if len(found) != 1:
        raise Refused(f"{clean(point or 'the program')} was not run on that kernel "
                      f"(run_tests.py report {folder})")
    return Said(str(found[0]["verdict"]), clean(str(found[0].get("reason") or ""), 500))


def again(options: Json, point: str, times: int, folder: str, signals: Signals,
          request: Optional[Request] = None) -> Said:
    """A point so often, each time in a new boot, until it does not pass; known issues count as
    what they are. The runs are below `folder`. Raises as once()."""
    asked = request or Request("func", Selection((point,)), no_known_issues=True,
                               allow_all_skipped=True)
    said = Said("pass")
    for number in range(1, times + 1):
        said = once(options, asked, point, os.path.join(folder, str(number)), signals)
        if said.status != GOOD:
            break
    return said
