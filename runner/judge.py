# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes one verdict of all evidence about a program's run."""
from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Dict, List, Optional, Sequence, Tuple

from . import oom, spared
from .complaints import complaints
from .evidence import Death, Evidence
from .explain import counter_below_zero, explain
from .findings import Finding, known, reason, recorded
from .known import Issue
from .observe.counters import Counters, delta, pool_counters
from .observe.machine import taint_names
from .plan import Planned
from .protocol import (Ending, PointRecord, ending, points_of, wrong_exit, wrong_plan,
                       wrong_words)
from .tap_stream import Tap
from .text import clean, count
from .verdicts import NOT_WELL, worst

# The name of a complaint, and the kernel's message when a fault finds no huge page.
OUT_OF_MEMORY = "out of memory"
NO_PAGE = "killed due to inadequate hugepage pool"
# No line of a kernel is longer.
MAX_LINE = 8192
MAX_COMPLAINTS = 100
# The first line of the report of a warning or a bug, without information of its own.
_CUT_HERE = "------------[ cut here ]"
# The line that runner/words.py puts in the place of lines that it did not keep.
_LEFT_OUT = re.compile(r"\[hugeproof: \d+ lines? left out here, (\d+) of them complaints\]\Z")
_LEFT = (("process", "processes"), ("segment", "segments"), ("mount", "mounts"),
         ("setting", "settings"))


def pool_changes(before: Counters, after: Counters) -> List[str]:
    """A text for each hugetlb counter that is not as before."""
    return [text for text, _, _ in _changes(before, after)]


def _changes(before: Counters, after: Counters) -> List[Tuple[str, str, int]]:
    old, new = pool_counters(before), pool_counters(after)
    return [(f"{name} {old[name]} -> {new[name]} ({change:+d})", name, change)
            for name, change in sorted(delta(old, new).items())]


def _left_out(line: str) -> int:
    """The number of complaints that were left out, by the runner's line in their place."""
    match = _LEFT_OUT.match(line)
    return int(match.group(1)) if match else 0


def _complaints(found: Sequence[Tuple[str, str]], verdict: str,
                names: Tuple[str, ...]) -> List[Finding]:
    """A finding for each complaint; a `[ cut here ]` line belongs to the complaint after it."""
    findings = []
    for number, (name, line) in enumerate(found, 1):
        if not line.startswith(_CUT_HERE) or number == len(found):
            counter, value = counter_below_zero(line)
            findings.append(Finding("log", verdict, f"kernel log, {name}: {line[:MAX_LINE]}", names,
                                    line=line, counter=counter, change=value))
    return findings


def _own(evidence: Evidence, end: Optional[Ending], points: Sequence[PointRecord],
         complained: Sequence[Tuple[str, str]]) -> List[Finding]:
    """All findings except those about the points themselves."""
    names, tap, cases = (evidence.planned.name,), evidence.tap, evidence.planned.cases
    found: List[Finding] = []
    if end:
        found.append(Finding("end", *end, names + _under_way(points, end[0])))
        if end[0] == "disturbed" and tap.bail is not None:
            found.append(Finding("exit", "broken", f"bail out: {tap.bail}", names))
    else:
        found += [Finding("exit", "broken", text, names)
                  for text in wrong_exit(tap, evidence.ended)]
        found += [Finding("protocol", "broken", text, names) for text in wrong_plan(tap, cases)]
    found += [Finding("protocol", "broken", text, names) for text in wrong_words(tap, cases)]
    if evidence.log_lost:
        found.append(Finding(
            "lost lines", "unknown", f"{count(evidence.log_lost, 'kernel log line')} lost before "
            "they could be read: a complaint may be among them", names))
    out = sum(map(_left_out, evidence.log))
    if out:
        found.append(Finding("lost lines", "unknown", f"{count(out, 'complaint')} more of the "
                             "kernel, of which no words were kept", names))
    left = evidence.left.as_json()
    found += [Finding(kind, "leak", text, names) for kind, key in _LEFT for text in left[key]]
    changes = _changes(evidence.before, evidence.after)
    if changes and evidence.others:
        texts = ", ".join(text for text, _, _ in changes)
        found.append(Finding("disturbed", "disturbed", f"{texts}: {evidence.others}", names))
    else:
        found += [Finding("counter", "leak", text, names, counter=name, change=change)
                  for text, name, change in changes]
    found += _complaints(complained, "kernel", names)
    was, now = evidence.taint
    found += [Finding("taint", "kernel", taint_names(1 << bit), names, bit=bit)
              for bit in range((now & ~was).bit_length()) if (now & ~was) >> bit & 1]
    return found


def _under_way(points: Sequence[PointRecord], verdict: str) -> Tuple[str, ...]:
    """The point during which the program ended."""
    return tuple(point["name"] for point in points if point["verdict"] == verdict
                 and (point["reason"] or "").startswith("no result"))[:1]


def _of_points(points: Sequence[PointRecord]) -> List[Finding]:
    findings = []
    for point in points:
        if point["verdict"] in NOT_WELL:
            got = point["diagnostics"].get("got")
            findings.append(Finding("point", point["verdict"], point["reason"] or "",
                                    (point["name"],), got=None if got is None else str(got)))
    return findings


def _conclude(planned: Planned, result: Dict[str, Any], own: Sequence[Finding],
              issues: Sequence[Issue], skip: Optional[str] = None) -> None:
    """Adds verdict, reason and known issue to the result, and for a failure the sources of the
    promised behaviour. `skip`: why the program was skipped as a whole."""
    of_points = _of_points(result["points"])
    found = [*own, *of_points]
    explain(issues, found)
    ids = {one.names[0]: one.known for one in of_points}
    for point in result["points"]:
        point["known"] = ids.get(point["name"])
    result["verdict"] = worst([one.verdict for one in found] + ["skip"] * bool(skip))
    texts = [text for text in (reason(found), skip) if text]
    result["reason"] = clean("; ".join(texts), 1000) or None
    result["known"] = known(found, [issue.id for issue in issues])
    if planned.scaled:
        result["scale"] = dict(planned.scaled)
    result["findings"] = recorded(found)
    if result["verdict"] in NOT_WELL and planned.program.sources:
        result["sources"] = planned.program.sources


def _lines(lines: Sequence[str]) -> List[str]:
    return [line[:MAX_LINE] for line in lines]


def judge(evidence: Evidence, issues: Sequence[Issue] = ()) -> Dict[str, Any]:
    """The result for results.jsonl; the caller adds `started` and `out`."""
    program, ended = evidence.planned.program, evidence.ended
    end = ending(ended)
    points = points_of(evidence.planned, evidence.tap, end)
    # The kernel's message about a process that found no huge page has only its pid.
    theirs = [NO_PAGE] if evidence.neighbour else []
    log, killed = (evidence.log, []) if evidence.alone else oom.without_others(
        evidence.log, ended.pids, _killed(points))
    complained = complaints(log, [*program.log_allows, *theirs], program.poisons)
    short = oom.shortage(log, ended.pids) if any(
        name == OUT_OF_MEMORY and "Killed process" in line for name, line in complained) else None
    if short:
        complained = [one for one in complained if one[0] != OUT_OF_MEMORY]
        end = _for_lack(points, end, short, oom.number_of_ours(log, ended.pids))
    skip = evidence.tap.skip if not points else None
    if points and all(p["verdict"] == "skip" for p in points):
        skip = points[0]["reason"]
    changed = delta(evidence.before, evidence.after)
    result: Dict[str, Any] = {
        "name": evidence.planned.name, "program": program.full_name,
        "page_size": evidence.planned.size,
        "verdict": "pass", "reason": None, "known": None, "points": points,
        "counters": {"before": evidence.before, "after": evidence.after, "delta": changed},
        "log": _lines(evidence.log), "log_processes": _lines(evidence.log_processes),
        "complaints": _lines([line for _, line in complained[:MAX_COMPLAINTS]]),
        "taint": {"before": evidence.taint[0], "after": evidence.taint[1]},
        "left": {**evidence.left.as_json(),
                 "counters": pool_changes(evidence.before, evidence.after)},
        "rest_ms": round(evidence.rest_ms, 1),
        "exit": ended.exit, "signal": ended.signal, "timed_out": ended.timed_out,
        "duration_ms": round(ended.duration_s * 1000, 1), "dropped": ended.dropped,
    }
    own = _own(evidence, end, points, complained)
    if short:
        own.append(Finding("memory", "broken", short, (evidence.planned.name,)))
    own += [Finding("memory", "disturbed", text, (evidence.planned.name,)) for text in killed]
    _conclude(evidence.planned, result, own, issues, skip)
    return result


def _killed(points: Sequence[PointRecord]) -> int:
    """The number of a program's processes that were killed by SIGKILL. All points without a result
    count once, because they are due to the end of the program itself."""
    reasons = [point["reason"] or "" for point in points if point["verdict"] in ("fail", "crash")]
    return (sum("SIGKILL" in text and not text.startswith("no result") for text in reasons)
            + any("SIGKILL" in text and text.startswith("no result") for text in reasons))


def _for_lack(points: Sequence[PointRecord], end: Optional[Ending], short: str,
              kills: int) -> Optional[Ending]:
    """Excuses kills of the OOM killer: points and endings by SIGKILL are evidence of nothing then,
    for as many of them as processes were killed by it. Returns the ending that is left; the points
    without a result that are due to the ending are excused with it, and before others."""
    of_end = bool(end and end[0] == "crash" and "SIGKILL" in end[1])
    kills -= of_end
    for point in points:
        text = point["reason"] or ""
        if point["verdict"] not in ("fail", "crash") or "SIGKILL" not in text:
            continue
        if not (of_end and text.startswith("no result")):
            kills -= 1
            if kills < 0:
                continue
        point["verdict"] = "broken"
        point["reason"] = clean(f"{text}; {short}")
    return ("broken", end[1]) if end and of_end else end


def lost(planned: Planned, tap: Tap, death: Death, issues: Sequence[Issue] = (),
         last: bool = False) -> Dict[str, Any]:
    """The result of a run under which the guest died, made by the host. The points reported until
    then count, the case under way gets the verdict, and `rest` names the cases that had not begun;
    in the `last` try these are skipped."""
    verdict = death.verdict
    tap.plan = tap.plan or len(planned.cases)
    reported = {point.name for point in tap.points}
    open_cases = [case for case in planned.cases if case not in reported]
    rest = open_cases[1:]
    begun = replace(planned, cases=[case for case in planned.cases if case not in rest])
    points = points_of(begun, tap, (verdict, death.reason))
    if last:
        points += [{"name": planned.point(case), "verdict": "skip", "known": None,
                    "reason": "not run: too many guests died under this program before",
                    "diagnostics": {}} for case in rest]
    points += spared.points(planned)
    program = planned.program
    result = unrun(planned)
    complained = complaints(death.log, program.log_allows, program.poisons)
    result.update(log=_lines(death.log),
                  points=points, rest=[] if last else rest,
                  complaints=_lines([line for _, line in complained[:MAX_COMPLAINTS]]),
                  timed_out=verdict == "timeout")
    # The kernel's last messages are the reason of its end.
    names = (planned.name, *_under_way(points, verdict))
    own = [Finding("death", verdict, death.reason, names),
           *(Finding("protocol", "broken", text, names[:1])
             for text in wrong_words(tap, begun.cases)),
           *_complaints(death.found or complained, verdict, names)]
    _conclude(planned, result, own, issues)
    return result


def unrun(planned: Planned, issues: Sequence[Issue] = ()) -> Dict[str, Any]:
    """The result of a run whose verdict is known without running it."""
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
    own = [Finding("plan", result["verdict"], result["reason"], (planned.name,))]
    _conclude(planned, result, own if result["verdict"] in NOT_WELL else [], issues,
              result["reason"] if result["verdict"] == "skip" else None)
    return result
