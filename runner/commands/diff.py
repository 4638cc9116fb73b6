# SPDX-License-Identifier: LGPL-2.1-or-later
"""diff: what changed between two runs."""
from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from typing import Any, Dict, Iterator, List

from ..output import say
from ..record import find_run
from ..series.difference import (ADDED, CHANGED, FIXED, GONE, NEW_FAILURE, Change,
                                 Difference)
from ..series.judged import Judged, judged
from ..text import clean, count
from .common import add_results

# The number of changes of each kind that are named unless they need action; --all shows every one.
_NAMED = 5


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "diff", help="show what changed between two runs", allow_abbrev=False,
        description="Compares the verdicts of two runs, point by point. Exit status 1 when a "
        "point fails in NEW that does not fail in OLD, 2 when none does but NEW is not "
        "complete.")
    parser.add_argument("old", metavar="OLD", help="folder, name, or latest")
    parser.add_argument("new", metavar="NEW", help="the same")
    add_results(parser)
    parser.add_argument("--all", action="store_true",
                        help="name every point whose verdict changed")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """The exit status of doc/formats.md."""
    old, new = (judged(find_run(word, args.results)) for word in (args.old, args.new))
    found = Difference(old, new)
    for side in (old, new):
        if side.damage:
            say(side.damage)
    if args.json:
        json.dump(found.as_json(), sys.stdout, indent=1)
        print()
    else:
        sys.stdout.writelines(line + "\n" for line in _lines(found, args.all))
    if new.missing and new.counts.complete:
        say(f"{count(len(new.missing), 'planned run')} {'has' if len(new.missing) == 1 else 'have'}"
            f" no result: {clean(str(new.record['interrupted']), 100)}")
    elif new.missing:
        say(f"{new.name} is not complete: {count(len(new.missing), 'planned run')} without a "
            "result")
    return found.status()


def _about(which: str, side: Judged) -> str:
    release, version = side.build
    return f"{which} {side.name}  {release} {version}  {side.counts.line()}".rstrip()


def _named(change: Change) -> str:
    old = change.old.word if change.old else "not there"
    new = change.new.word if change.new else "not there"
    reason = (change.new.reason if change.new else "") or (
        change.old.reason if change.old and not change.new else "")
    return f"  {change.name}: {old} -> {new}" + (f"  {reason}" if reason else "")


def _lines(found: Difference, every: bool) -> Iterator[str]:
    yield _about("old:", found.old)
    yield _about("new:", found.new)
    for title, kind in (("New failures", NEW_FAILURE), ("Fixed", FIXED)):
        changes = found.of_kind(kind)
        if changes:
            yield f"{title}:"
            yield from map(_named, changes)
    yield from _grouped("Changed otherwise", found.of_kind(CHANGED), every)
    yield from _grouped("Only in the new run", found.of_kind(ADDED), every)
    yield from _grouped("Only in the old run", found.of_kind(GONE), every)
    yield found.line()


def _grouped(title: str, changes: List[Change], every: bool) -> Iterator[str]:
    """Changes of one kind under one heading, grouped by old and new verdict."""
    groups: Dict[str, List[Change]] = defaultdict(list)
    for change in changes:
        groups[" -> ".join(word.word for word in (change.old, change.new) if word)].append(change)
    if groups:
        yield f"{title}:"
    for words, group in groups.items():
        shown = group if every else group[:_NAMED if group[0].kind == CHANGED else 0]
        more = len(group) - len(shown)
        yield f"  {words}: {len(group)}"
        yield from ("  " + _named(change) for change in shown)
        if shown and more:
            yield f"    and {more} more (--all names them)"
