# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds the known issue that explains each finding, separately."""
from __future__ import annotations

import re
from typing import Optional, Sequence, Set, Tuple

from .findings import Finding
from .known import Demands, Issue

# The bits of the taint that a complaint sets, by a pattern of its line; the first match counts.
# Most lines with `BUG: ` or `WARNING: ` that are not listed (a counter that is wrong, lockdep, a
# hang) set none.
_WARNING, _DIED, _BAD_PAGE, _LOCKED_UP, _MACHINE = 9, 7, 5, 14, 4
_BRINGS: Tuple[Tuple["re.Pattern[str]", Tuple[int, ...]], ...] = tuple(
    (re.compile(pattern), bits) for pattern, bits in (
        (r"^WARNING: .*\bat |scheduling (while atomic|in a non-blocking section)"
         r"|sleeping function called|assuming (atomic|non migratable) context", (_WARNING,)),
        (r"refcount_t: |list_(add|del) (corruption|double add|attempted)", (_WARNING, _DIED)),
        (r"soft lockup", (_LOCKED_UP,)),
        (r"\[Hardware Error\]|[Mm]achine check", (_MACHINE,)),
        (r"BUG: Bad page (state|map|cache)|\bK(A|M)SAN: |\bKFENCE: |^BUG \S+.*: "
         r"|Slab corruption", (_BAD_PAGE,)),
        # The kernel numbers its oopses, whatever the name of the exception is.
        (r"\[#\d+\](:|\s|$)|\bOops\b|[Kk]ernel BUG at|unable to handle|Unable to handle"
         r"|NULL pointer dereference|Internal error: |general protection|invalid opcode"
         r"|divide error", (_DIED,))))


def explain(issues: Sequence[Issue], found: Sequence[Finding]) -> None:
    """Stores in each finding the first issue that explains it. A bit of the taint is explained by
    the issue that explains a complaint that sets it."""
    ways = _ways_seen(issues, found)
    for finding in found:
        if finding.kind != "taint":
            finding.known = next((issue.id for issue in issues
                                  if _explains(issue, finding, ways)), None)
    for finding in found:
        if finding.kind == "taint":
            finding.known = next((other.known for other in found
                                  if other.known and brings(other.line, finding.bit)), None)


def brings(line: str, bit: int) -> bool:
    """True when the complaint in that line of the kernel log sets that bit of the taint."""
    return next((bit in bits for pattern, bits in _BRINGS if pattern.search(line)), False)


def _ways_seen(issues: Sequence[Issue], found: Sequence[Finding]) -> Set[Demands]:
    """The alternatives of the issues whose demands were all observed, for issues that apply to
    some finding."""
    return {way for issue in issues for way in issue.demands
            if any(_expected(issue, finding) for finding in found) and _seen(way, found)}


def _expected(issue: Issue, finding: Finding) -> bool:
    return any(issue.expects(name, finding.verdict) for name in finding.names)


def _explains(issue: Issue, finding: Finding, seen: Set[Demands]) -> bool:
    if not _expected(issue, finding):
        return False
    if not issue.demands:
        return _fits(Demands(), finding)
    ways: Sequence[Demands] = issue.demands
    if finding.kind == "point":
        # An issue that says how its points fail explains no other failure of them.
        ways = [way for way in ways if way.reason or way.errno] or ways
    return any(way in seen and _fits(way, finding) for way in ways)


def _fits(way: Demands, finding: Finding) -> bool:
    """True when the demands apply to this finding. Points are matched by their names, all other
    findings by the demands alone."""
    if finding.kind == "point":
        return ((not way.reason or bool(way.reason.search(finding.text)))
                and (not way.errno or way.erred(finding.text, finding.got)))
    if finding.kind == "death" and way.log:
        # The finding is about the kernel's last messages; _seen() checks that they match.
        return True
    counts = bool(finding.counter and way.counters)
    if counts and not way.counts(finding.counter, finding.change):
        return False
    if finding.line and way.log:
        return way.logs(finding.line)
    return counts or bool(way.reason and way.reason.search(finding.text))


def _seen(way: Demands, found: Sequence[Finding]) -> bool:
    """True when everything that is demanded was observed somewhere in the run."""
    return ((not way.log or any(way.logs(finding.line) for finding in found if finding.line))
            and (not way.counters or any(way.counts(finding.counter, finding.change)
                                         for finding in found if finding.counter))
            and (not way.reason or any(way.reason.search(finding.text) for finding in found))
            and (not way.errno or any(way.erred(finding.text, finding.got) for finding in found
                                      if finding.kind == "point")))


def counter_below_zero(line: str) -> Tuple[str, int]:
    """The counter in a complaint of vmstat_refresh, and how far it fell, or its value below zero
    where the complaint has only that; empty and 0 for any other line."""
    match: Optional["re.Match[str]"] = _BELOW_ZERO.match(line)
    if not match:
        return "", 0
    lost = match.group(3)
    return f"vmstat.{match.group(1)}", -int(lost) if lost else int(match.group(2))


_BELOW_ZERO = re.compile(r"vmstat_refresh: (\w+) (-\d+)(?: \((\d+) less than before\))?\Z")
