# SPDX-License-Identifier: LGPL-2.1-or-later
"""history: the verdicts of points over time."""
from __future__ import annotations

import argparse
import json
from typing import Any, Dict, Sequence

from .. import invoked
from ..output import say
from ..series.flakes import LEGEND, Course, courses, gather
from ..series.judged import Judged


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "history", help="show a point's verdicts over time", allow_abbrev=False,
        description="Shows each point's verdict in one run after the other, oldest first, and "
        "how often it failed on a build of a kernel on which it also passed: its flake rate.")
    parser.add_argument("patterns", metavar="PATTERN", nargs="*", help="a point, or a shell "
                        "pattern over names of points (default: all)")
    parser.add_argument("--results", action="append", metavar="DIR", help="a run, or a folder of "
                        f"runs; may be given again (default: {invoked.shown_results()})")
    parser.add_argument("--all", action="store_true",
                        help="show points that were the same in every run, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """0, or 2 where nothing matches."""
    runs, left_out = gather(args.results or [invoked.results()])
    for damage in [*left_out, *(each.damage for each in runs if each.damage)]:
        say(damage)
    found = courses(runs, args.patterns)
    if not found:
        say("no point of these runs matches")
        return 2
    shown = [course for course in found if args.all or args.patterns or not course.steady]
    if args.json:
        print(json.dumps(_as_json(runs, shown, len(found)), indent=1))
    else:
        _show(runs, found, shown)
    return 0


def _as_json(runs: Sequence[Judged], shown: Sequence[Course], points: int) -> Dict[str, Any]:
    return {"format": 1, "points": points,
            "runs": [{"run": each.name, "kernel": each.build, "started": each.started,
                      "counts": each.counts.as_json()} for each in runs],
            "courses": [{"name": course.name, "words": [
                word.word if word else None for word in course.words], "steady": course.steady,
                "flaky": course.flaky, "judged": course.judged} for course in shown]}


def _show(runs: Sequence[Judged], found: Sequence[Course], shown: Sequence[Course]) -> None:
    for number, each in enumerate(runs, 1):
        print(f"{number:4} {each.name}  {each.release}  {each.counts.line()}")
    if shown:
        print(LEGEND)
    width = max((len(course.name) for course in shown), default=0)
    for course in sorted(shown, key=lambda course: -course.rate):
        rate = (f"  flaky: failed {course.flaky} of {course.judged}"
                f" ({100 * course.rate:.0f} %)" if course.flaky else "")
        print(f"{course.name:{width}}  {course.signs}{rate}")
    print(f"{len(runs)} runs, {len(found)} points, "
          f"{sum(not course.steady for course in found)} not steady, "
          f"{sum(bool(course.flaky) for course in found)} flaky on one build")
