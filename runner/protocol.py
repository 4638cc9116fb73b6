# SPDX-License-Identifier: LGPL-2.1-or-later
"""The protocol between programs and the runner: what a program prints, and how it ends."""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from .plan import Planned
from .run import Ended
from .tap_stream import Point, Tap
from .text import clean, count, first_line

_KINDS = {"check": "fail", "crash": "crash", "timeout": "timeout", "leak": "leak",
          "broken": "broken", "disturbed": "disturbed"}
Ending = Tuple[str, str]
PointRecord = Dict[str, Any]


def _point_reason(point: Point) -> str:
    said = point.diagnostics
    got, expected = said.get("got"), said.get("expected")
    text = f"expected {expected}, got {got}" if expected is not None else str(got or "not ok")
    if said.get("step"):
        text = f"{text} ({said['step']})"
    for key in ("check", "at"):
        if said.get(key):
            text = f"{said[key]}: {text}"
    return clean(text)


def _point(name: str, point: Point) -> PointRecord:
    verdict, reason = "pass", None
    if point.directive:
        verdict, reason = "broken", f"{point.directive} is no result"
    elif not point.ok:
        verdict = _KINDS.get(str(point.diagnostics.get("kind", "check")), "fail")
        reason = _point_reason(point)
    elif point.skip is not None:
        verdict, reason = "skip", point.skip
    return {"name": name, "verdict": verdict, "reason": reason, "known": None,
            "diagnostics": point.diagnostics}


def points_of(planned: Planned, tap: Tap, end: Optional[Ending]) -> List[PointRecord]:
    """The points that were reported, and those of the cases that were not."""
    points = [_point(planned.point(point.name), point) for point in tap.points]
    if not points and (tap.skip is not None or tap.plan is None):
        return points
    reported = {point.name for point in tap.points}
    unsaid = "not reported" if tap.bail is None else f"bail out: {tap.bail}"
    verdict, reason = end or ("broken", unsaid)
    for case in planned.cases:
        if case not in reported:
            points.append({"name": planned.point(case), "verdict": verdict, "known": None,
                           "reason": clean(f"no result: {reason}"), "diagnostics": {}})
    return points


def ending(ended: Ended) -> Optional[Ending]:
    """How the program ended, if it did not exit by itself."""
    if ended.timed_out:
        how = ended.error or (f"ended by {ended.signal}" if ended.signal
                              else f"left with exit status {ended.exit} when told to")
        text = f"time limit passed after {ended.duration_s:.1f} s, {how}"
        return ("disturbed", f"{text}; {ended.starved}") if ended.starved else ("timeout", text)
    if ended.signal:
        return "crash", f"killed by {ended.signal}"
    if ended.error:
        return "broken", ended.error
    return None


def wrong_words(tap: Tap, cases: Sequence[str]) -> List[str]:
    """The errors in the output of a program that was to run these cases."""
    wrong = list(tap.problems)
    if tap.more_problems:
        wrong.append(f"{tap.more_problems} more lines that are not TAP")
    for point in tap.points:
        if point.name not in cases:
            wrong.append(f"point {point.name} is no case that was asked for")
        if point.ok and "kind" in point.diagnostics:
            wrong.append(f"point {point.name} is ok, and of the kind "
                         f"{clean(str(point.diagnostics['kind']), 40)}")
    return wrong


def wrong_exit(tap: Tap, ended: Ended) -> List[str]:
    """The errors that the exit status of a program has or reports."""
    wrong: List[str] = []
    failed = any(not point.ok for point in tap.points)
    if tap.bail is not None:
        wrong.append(f"bail out: {tap.bail}")
        if ended.exit != 2:
            wrong.append(f"exit status {ended.exit} after it has bailed out")
    elif ended.exit == 2:
        wrong.append(f"exit status 2, called wrongly{first_line(ended.err)}")
    elif ended.exit not in (0, 1):
        wrong.append(f"exit status {ended.exit} is neither 0, 1 nor 2")
    elif ended.exit == 0 and failed:
        wrong.append("exit status 0 with a failed point")
    elif ended.exit == 1 and not failed:
        wrong.append(f"exit status 1 without a failed point{first_line(ended.err)}")
    return wrong


def wrong_plan(tap: Tap, cases: Sequence[str]) -> List[str]:
    """The errors in the plan of such a program, and in the number of its points."""
    wrong: List[str] = []
    missing = len(set(cases) - {point.name for point in tap.points})
    if tap.bail is not None:
        return wrong
    if tap.plan is None:
        wrong.append("no plan" if tap.points else "no TAP on its standard output")
    elif tap.plan != len(tap.points):
        wrong.append(f"planned {count(tap.plan, 'point')}, reported {len(tap.points)}")
    elif tap.plan == 0 and not tap.skip:
        wrong.append("skipped without a reason")
    elif missing and tap.plan:
        wrong.append(f"{count(missing, 'case')} not reported")
    return wrong
