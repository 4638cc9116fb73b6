# SPDX-License-Identifier: LGPL-2.1-or-later
"""Skips cases that, by a known issue, damage this kernel until the next boot."""
from __future__ import annotations

import os
from typing import Any, Dict, List, Sequence

from .known import Issue, matches
from .plan import Planned

_REASON = ("known issue {} would leave this kernel damaged until the next boot: run it in the "
           "lab, or allow it with --allow-damage")


def _point(planned: Planned, case: str) -> str:
    return f"{planned.program.full_name}.{case}{planned.place}"


def spare(plan: Sequence[Planned], issues: Sequence[Issue], allowed: bool) -> None:
    """Removes from the plan the cases that such an issue names, or all of a program that it names
    as a whole. In the lab, where the guest can be booted again, they run."""
    if allowed or os.environ.get("HUGEPROOF_LAB"):
        return
    for planned in plan if issues else ():
        named = _named(planned, issues)
        planned.spared = {case: named[case] for case in planned.cases if case in named}
        left = [case for case in planned.cases if case not in named]
        if left:
            planned.cases = left
        elif planned.verdict is None:
            planned.verdict, planned.reason = "skip", next(iter(planned.spared.values()))


def _named(planned: Planned, issues: Sequence[Issue]) -> Dict[str, str]:
    """The cases of the program that an issue names, each with the reason for the skip."""
    found: Dict[str, str] = {}
    cases = planned.program.cases
    for issue in issues:
        hit = [case for case in cases if matches(issue.points, _point(planned, case))]
        if not hit and matches(issue.points, planned.name):
            hit = list(cases)
        found.update((case, _REASON.format(issue.id)) for case in hit)
    return found


def points(planned: Planned) -> List[Dict[str, Any]]:
    """The points of the cases that were removed, for results.jsonl."""
    return [{"name": _point(planned, case), "verdict": "skip", "reason": reason, "known": None,
             "diagnostics": {}} for case, reason in planned.spared.items()]
