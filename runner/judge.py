# SPDX-License-Identifier: LGPL-2.1-or-later
"""One verdict from all that was seen of a program's run."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .complaints import complaints
from .known import Issue, Seen, explain, odd_counters
from .observe.counters import Counters, delta, pool_counters
from .observe.machine import taint_names
from .plan import Planned
from .run import Ended
from .tap_stream import Point, Tap
from .text import clean, count, decode
from .verdicts import BAD, NOT_WELL, RANK, worst

_KINDS = {"check": "fail", "crash": "crash", "timeout": "timeout", "leak": "leak",
          "broken": "broken", "disturbed": "disturbed"}
NO_PAGE = "killed due to inadequate hugepage pool"
# Longer lines are no kernel's.
MAX_LINE = 8192
MAX_COMPLAINTS = 100
Finding = Tuple[str, str]
PointRecord = Dict[str, Any]


@dataclass
class Left:
    """What a program left behind; a line for each thing."""

    processes: List[str] = field(default_factory=list)
    segments: List[str] = field(default_factory=list)
    mounts: List[str] = field(default_factory=list)
    settings: List[str] = field(default_factory=list)

    def lines(self) -> List[str]:
        """All of it."""
        return self.processes + self.segments + self.mounts + self.settings


@dataclass
class Evidence:
    """Everything that was seen around one run of a program. `others`: who else moved the
    pools meanwhile; `neighbour`: who else is known to use huge pages of this machine."""

    planned: Planned
    ended: Ended
    tap: Tap
    before: Counters
    after: Counters
    taint: Tuple[int, int] = (0, 0)
    log: List[str] = field(default_factory=list)
    log_lost: int = 0
    left: Left = field(default_factory=Left)
    rest_ms: float = 0.0
    log_processes: List[str] = field(default_factory=list)
    others: Optional[str] = None
    neighbour: Optional[str] = None


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
    if not point.ok:
        verdict = _KINDS.get(str(point.diagnostics.get("kind", "check")), "fail")
        reason = _point_reason(point)
    elif point.skip is not None:
        verdict, reason = "skip", point.skip
    return {"name": name, "verdict": verdict, "reason": reason, "known": None,
            "diagnostics": point.diagnostics}


def point_name(planned: Planned, case: str) -> str:
    """`area/name.case@size`."""
    return f"{planned.program.full_name}.{case}{planned.place}"


def _points(evidence: Evidence, ending: Optional[Finding]) -> List[PointRecord]:
    """The points reported, and those of the cases that should have been."""
    planned, tap = evidence.planned, evidence.tap
    points = [_point(point_name(planned, point.name), point) for point in tap.points]
    if tap.skip is not None or (tap.plan is None and not tap.points):
        return points
    reported = {point.name for point in tap.points}
    unsaid = "not reported" if tap.bail is None else f"bail out: {tap.bail}"
    verdict, reason = ending or ("broken", unsaid)
    for case in planned.cases:
        if case not in reported:
            points.append({"name": point_name(planned, case), "verdict": verdict, "known": None,
                           "reason": clean(f"no result: {reason}"), "diagnostics": {}})
    return points


def _ending(ended: Ended) -> Optional[Finding]:
    """How the program ended, if not by itself."""
    if ended.timed_out:
        how = ended.error or (f"ended by {ended.signal}" if ended.signal
                              else f"left with exit status {ended.exit} when told to")
        return "timeout", f"time limit passed after {ended.duration_s:.1f} s, {how}"
    if ended.signal:
        return "crash", f"killed by {ended.signal}"
    if ended.error:
        return "broken", ended.error
    return None


def _first_line(data: bytes) -> str:
    lines = decode(data[:4096]).strip().splitlines()
    return f": {lines[0]}" if lines else ""


def _protocol(evidence: Evidence) -> List[str]:
    """What is wrong with a program that ended by itself: its plan, points, exit status."""
    tap, ended = evidence.tap, evidence.ended
    if tap.bail is not None:
        return [f"bail out: {tap.bail}"]
    wrong: List[str] = []
    failed = any(not point.ok for point in tap.points)
    if ended.exit == 2:
        wrong.append(f"exit status 2, called wrongly{_first_line(ended.err)}")
    elif ended.exit not in (0, 1):
        wrong.append(f"exit status {ended.exit} is neither 0, 1 nor 2")
    elif ended.exit == 0 and failed:
        wrong.append("exit status 0 with a failed point")
    elif ended.exit == 1 and not failed:
        wrong.append(f"exit status 1 without a failed point{_first_line(ended.err)}")
    if tap.plan is None:
        wrong.append("no plan" if tap.points else "no TAP on its standard output")
    elif tap.plan != len(tap.points):
        wrong.append(f"planned {count(tap.plan, 'point')}, reported {len(tap.points)}")
    elif tap.plan == 0 and tap.skip in (None, "", "no reason given"):
        wrong.append("skipped without a reason")
    wrong += tap.problems
    if tap.more_problems:
        wrong.append(f"{tap.more_problems} more lines that are not TAP")
    expected = set(evidence.planned.cases)
    for point in tap.points:
        if point.name not in expected:
            wrong.append(f"point {point.name} is no case that was asked for")
    if tap.skip is None and tap.plan == len(tap.points) < len(expected):
        wrong.append(f"{len(expected - {p.name for p in tap.points})} cases are not reported")
    return wrong


def pool_changes(before: Counters, after: Counters) -> List[str]:
    """The hugetlb counters that are not as before, a text for each."""
    old, new = pool_counters(before), pool_counters(after)
    return [f"{name} {old[name]} -> {new[name]} ({change:+d})"
            for name, change in sorted(delta(old, new).items())]


def _findings(evidence: Evidence, ending: Optional[Finding],
              complained: Sequence[Finding]) -> List[Finding]:
    """Everything that is wrong apart from the points themselves."""
    found: List[Finding] = []
    if ending:
        found.append(ending)
    else:
        found += [("broken", text) for text in _protocol(evidence)]
    if evidence.log_lost:
        found.append(("unknown", f"{count(evidence.log_lost, 'kernel log line')} lost before "
                      "they could be read: a complaint may be among them"))
    left = evidence.left.lines()
    if left:
        found.append(("leak", "left behind: " + ", ".join(left)))
    changes = pool_changes(evidence.before, evidence.after)
    if changes and evidence.others:
        found.append(("disturbed", f"{', '.join(changes)}: {evidence.others}"))
    elif changes:
        found.append(("leak", ", ".join(changes)))
    if complained:
        name, line = complained[0]
        more = f" (and {len(complained) - 1} more)" if len(complained) > 1 else ""
        found.append(("kernel", f"kernel log, {name}: {line}{more}"))
    was, now = evidence.taint
    if now & ~was:
        found.append(("kernel", f"kernel became tainted: {taint_names(now & ~was)}"))
    return found


def _explain(result: Dict[str, Any], issues: Sequence[Issue]) -> None:
    """Marks what a known issue explains."""
    ids = []
    said = tuple(str(line) for line in result["complaints"])
    odd = odd_counters(result)
    for point in result["points"]:
        if point["verdict"] in BAD:
            got = point["diagnostics"].get("got")
            seen = Seen(point["reason"] or "", None if got is None else str(got), said, odd)
            point["known"] = explain(issues, point["name"], point["verdict"], seen)
            ids.append(point["known"])
    if beyond_points(result):
        seen = Seen(result["reason"] or "", None, said, odd, whole=True)
        if RANK[result["verdict"]] > RANK["leak"] and any(result["left"].values()):
            # What it left behind is hidden by the worse verdict, and is to be known as well.
            ids.append(explain(issues, result["name"], "leak", seen))
        ids.append(explain(issues, result["name"], result["verdict"], seen))
    if ids and None not in ids:
        result["known"] = ids[-1] if len(set(ids)) == 1 or beyond_points(result) else None


def beyond_points(result: Dict[str, Any]) -> bool:
    """True when the run's verdict is bad in a way that none of its points shows."""
    seen = worst(point["verdict"] for point in result["points"])
    return result["verdict"] in NOT_WELL and RANK[result["verdict"]] > RANK[seen]


def _lines(lines: Sequence[str]) -> List[str]:
    return [line[:MAX_LINE] for line in lines]


def judge(evidence: Evidence, issues: Sequence[Issue] = ()) -> Dict[str, Any]:
    """The line for results.jsonl; `started` and `out` are the caller's."""
    program, ended = evidence.planned.program, evidence.ended
    ending = _ending(ended)
    points = _points(evidence, ending)
    # The kernel names a process that found no page by a number alone.
    theirs = [NO_PAGE] if evidence.neighbour else []
    complained = complaints(evidence.log, [*program.log_allows, *theirs], program.poisons)
    found = _findings(evidence, ending, complained)
    if evidence.tap.skip is not None and not evidence.tap.points:
        found.append(("skip", evidence.tap.skip))
    found += [(p["verdict"], f"{p['name']}: {p['reason']}" if p["reason"] else p["name"])
              for p in points if p["verdict"] in NOT_WELL
              and p["verdict"] != (ending or ("",))[0]]
    if points and all(p["verdict"] == "skip" for p in points):
        found.append(("skip", points[0]["reason"]))
    found.sort(key=lambda finding: RANK[finding[0]], reverse=True)
    changed = delta(evidence.before, evidence.after)
    result: Dict[str, Any] = {
        "name": evidence.planned.name, "program": program.full_name,
        "page_size": evidence.planned.size,
        "verdict": found[0][0] if found else "pass",
        "reason": clean("; ".join(text for _, text in found), 1000) if found else None,
        "known": None, "points": points,
        "counters": {"before": evidence.before, "after": evidence.after, "delta": changed},
        "log": _lines(evidence.log), "log_processes": _lines(evidence.log_processes),
        "complaints": _lines([line for _, line in complained[:MAX_COMPLAINTS]]),
        "taint": {"before": evidence.taint[0], "after": evidence.taint[1]},
        "left": {"processes": evidence.left.processes, "segments": evidence.left.segments,
                 "mounts": evidence.left.mounts, "settings": evidence.left.settings,
                 "counters": pool_changes(evidence.before, evidence.after)},
        "rest_ms": round(evidence.rest_ms, 1),
        "exit": ended.exit, "signal": ended.signal, "timed_out": ended.timed_out,
        "duration_ms": round(ended.duration_s * 1000, 1), "dropped": ended.dropped,
    }
    _explain(result, issues)
    return result


def lost(planned: Planned, verdict: str, reason: str, tap: Tap, log: Sequence[str],
         issues: Sequence[Issue] = (), last: bool = False) -> Dict[str, Any]:
    """The line of a run that was seen from outside alone: the guest died under it.
    What it had reported until then counts, the case under way gets the verdict, and `rest`
    names those that had not begun; when it is the `last` try, they are skipped."""
    tap.plan = tap.plan or len(planned.cases)
    reported = {point.name for point in tap.points}
    open_cases = [case for case in planned.cases if case not in reported]
    rest = open_cases[1:]
    begun = replace(planned, cases=[case for case in planned.cases if case not in rest])
    evidence = Evidence(begun, Ended(), tap, {}, {}, log=list(log))
    points = _points(evidence, (verdict, reason))
    if last:
        points += [{"name": point_name(planned, case), "verdict": "skip", "known": None,
                    "reason": "not run: too many guests died under this program before",
                    "diagnostics": {}} for case in rest]
    program = planned.program
    result = unrun(planned)
    complained = complaints(log, program.log_allows, program.poisons)
    result.update(verdict=verdict, reason=clean(reason, 1000), log=_lines(log),
                  points=points, rest=[] if last else rest,
                  complaints=_lines([line for _, line in complained[:MAX_COMPLAINTS]]),
                  timed_out=verdict == "timeout")
    _explain(result, issues)
    return result


def unrun(planned: Planned, issues: Sequence[Issue] = ()) -> Dict[str, Any]:
    """The line of a run whose verdict the plan knew."""
    result: Dict[str, Any] = {
        "name": planned.name, "program": planned.program.full_name,
        "page_size": planned.size, "verdict": planned.verdict,
        "reason": clean(planned.reason or ""), "known": None, "points": [],
        "counters": {"before": {}, "after": {}, "delta": {}}, "log": [], "log_processes": [],
        "complaints": [],
        "taint": {"before": None, "after": None},
        "left": {"processes": [], "segments": [], "mounts": [], "settings": [], "counters": []},
        "rest_ms": 0.0, "exit": None, "signal": None, "timed_out": False, "duration_ms": 0.0,
        "dropped": {}, "out": None,
    }
    _explain(result, issues)
    return result
