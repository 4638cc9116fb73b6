# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases that were asked for and are skipped without being run, by name."""
from __future__ import annotations

from typing import Any, Dict, List

from .plan import Planned


def spare(planned: Planned, named: Dict[str, str]) -> None:
    """Removes the cases that are named, each with the reason, from a run; if none is left, the run
    is skipped as a whole."""
    planned.spared = {**planned.spared,
                      **{case: named[case] for case in planned.cases if case in named}}
    left = [case for case in planned.cases if case not in named]
    if left:
        planned.cases = left
    elif planned.verdict is None:
        planned.verdict, planned.reason = "skip", next(iter(planned.spared.values()))


def points(planned: Planned) -> List[Dict[str, Any]]:
    """The points of the cases that were removed, for results.jsonl."""
    return [{"name": planned.point(case), "verdict": "skip", "reason": reason, "known": None,
             "diagnostics": {}} for case, reason in planned.spared.items()]
