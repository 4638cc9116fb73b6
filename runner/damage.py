# SPDX-License-Identifier: LGPL-2.1-or-later
"""Skips cases that, by a known issue, damage this kernel until the next boot."""
from __future__ import annotations

import os
from typing import Dict, Sequence

from . import spared
from .known import Issue, matches
from .plan import Planned

_REASON = ("known issue {} would leave this kernel damaged until the next boot: run it in the "
           "lab, or allow it with --allow-damage")


def spare(plan: Sequence[Planned], issues: Sequence[Issue], allowed: bool) -> None:
    """Removes from the plan the cases that such an issue names, or all of a program that it names
    as a whole. In the lab, where the guest can be booted again, they run."""
    if allowed or os.environ.get("HUGEPROOF_LAB"):
        return
    for planned in plan if issues else ():
        spared.spare(planned, _named(planned, issues))


def _named(planned: Planned, issues: Sequence[Issue]) -> Dict[str, str]:
    """The cases of the program that an issue names, each with the reason for the skip."""
    found: Dict[str, str] = {}
    cases = planned.program.cases
    for issue in issues:
        hit = [case for case in cases if matches(issue.points, planned.point(case))]
        if not hit and matches(issue.points, planned.name):
            hit = list(cases)
        found.update((case, _REASON.format(issue.id)) for case in hit)
    return found
