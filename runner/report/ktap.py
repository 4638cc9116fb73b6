# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as KTAP: a group for each run of a program. Its points stand in comments, as the kernel's
selftests print them, or are nested by indentation, as the kernel's documentation has it.

Readers of it do not know YAML blocks and take a reason for a part of the name, so that reasons
stand in comments of their own: behind their line, or before it, as the readers of each style have
it.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Sequence

from ..text import clean
from .facts import why
from .names import Unique
from .tally import Item, items_of, items_of_run

Json = Dict[str, Any]
_DIRECTIVES = {"passed": "", "skipped": " # SKIP", "disturbed": " # SKIP", "known": " # XFAIL"}
# What the totals of a selftest call each state; `error` is the rest.
_TOTALS = {"passed": "pass", "failed": "fail", "known": "xfail", "skipped": "skip",
           "disturbed": "skip"}
# For the line of a group: one in which something passed is no skip, and not all of it known.
_ORDER = ("skipped", "disturbed", "known", "passed", "unknown", "broken", "failed")
# The name of what a program has beside its points, such as a leak: no case has such a name.
BESIDE = "(program)"
_KINDS = ("pass", "fail", "xfail", "xpass", "skip", "error")
# Readers look for results and groups anywhere in a line, and end at the last words of a kernel.
_TRAPS = re.compile(r"(?<=ok) (?=[0-9])|(?<=selftests:) |(?<=List of all) (?=partitions:)|"
                    r"(?<=not syncing:) (?=VFS:)|(?<=reboot:) (?=System halted)")


@dataclass(frozen=True)
class Style:
    """How groups are nested: what stands before each line of a group, the version, the title of a
    group, and what announces it outside and inside of it. `first`: the reason stands before its
    line."""

    inside: str
    version: str
    title: str
    before: str
    within: str
    first: bool


SELFTEST = Style("# ", "TAP version 13", "selftests: hugeproof: ", "# {}\n", "", False)
NESTED = Style("  ", "KTAP version 1", "", "", "  # Subtest: {}\n", True)


def _name(name: str) -> str:
    """A name without `#`, which begins a directive; the repeat of a load is `:3`."""
    return re.sub(r"#(?=[0-9]+\Z)", ":", clean(name, 2000)).replace("#", "\\x23")


def _line(item: Item, number: int, name: str) -> str:
    directive = _DIRECTIVES.get(item.state)
    if directive is None:
        return f"not ok {number} {name} # {item.verdict}\n"
    return f"ok {number} {name}{directive}\n"


def _explained(line: str, inside: str, item: Item, style: Style) -> Iterator[str]:
    """A line and its reason as a comment. Some readers look for results behind number signs as
    well, so that it does not begin with the reason."""
    text = _TRAPS.sub(r"\\x20", why(item))
    both = [line, f"{inside}# reason: {text}\n" if text else ""]
    yield from reversed(both) if style.first else both


def _case(item: Item, run_of: str) -> str:
    """The name of an item in the group of its program: that of the case alone."""
    program, at, size = run_of.partition("@")
    begin, end = f"{program}.", at + size
    if not item.point:
        return BESIDE
    if item.name.startswith(begin) and item.name.endswith(end):
        return item.name[len(begin):len(item.name) - len(end)] or item.name
    return item.name


def _points(found: Sequence[Item], title: str, style: Style) -> Iterator[str]:
    unique, counts = Unique(), dict.fromkeys(_KINDS, 0)
    run_of, inside = str(found[0].result["name"]), style.inside
    yield (f"{inside}{style.version}\n{style.within.format(title)}"
           f"{inside}1..{len(found)}\n")
    for number, item in enumerate(found, 1):
        counts[_TOTALS.get(item.state, "error")] += 1
        line = inside + _line(item, number, unique.name(_name(_case(item, run_of))))
        yield from _explained(line, inside, item, style)
    yield f"{inside}# Totals: " + " ".join(f"{kind}:{n}" for kind, n in counts.items()) + "\n"


def _group(name: str, number: int, found: List[Item], style: Style) -> Iterator[str]:
    title = style.title + name
    yield style.before.format(title)
    worst = max(found, key=lambda item: _ORDER.index(item.state))
    if any(item.point for item in found):
        yield from _points(found, title, style)
        yield _line(worst, number, title)
    else:
        yield from _explained(_line(worst, number, title), "", worst, style)


def whole(run: Json, results: Sequence[Json], style: Style = SELFTEST) -> Iterator[str]:
    """The whole run, group by group."""
    of_run = list(items_of_run(run))
    total = len(results) + len(of_run)
    yield f"{style.version}\n1..{total}" + (" # SKIP nothing was run\n" if not total else "\n")
    unique, number = Unique(), 0
    for result in results:
        number += 1
        yield from _group(unique.name(_name(result["name"])), number, list(items_of(result)),
                          style)
    for item in of_run:
        number += 1
        yield from _group(unique.name(_name(item.name)), number, [item], style)


def nested(run: Json, results: Sequence[Json]) -> Iterator[str]:
    """The whole run, nested by indentation."""
    return whole(run, results, NESTED)
