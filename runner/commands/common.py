# SPDX-License-Identifier: LGPL-2.1-or-later
"""Options that several commands share, and the making of a plan from them."""
from __future__ import annotations

import argparse
import math
import os
import sys
from typing import Any, List, Optional, Sequence, Tuple

from .. import invoked, narrow, plan, sizes
from ..errors import Refused
from ..output import say
from ..patterns import known_tag, parse_patterns
from ..programs import Program, describe, find, programs_folder
from ..reading import Results
from ..report.exports import FILES, WHOLE, check
from ..report.kcidb import ORIGIN, check_address, check_origin
from ..request import JSON, Exports, Selection
from ..run import Signals
from ..tags import TAGS
from ..text import clean

MOST_BUDGET = 7 * 86400.0
FORMATS = ("table", "plain", "tap", "libhugetlbfs", *(name for name in WHOLE if name != JSON))


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Adds PATTERN and the options that restrict the selection."""
    group = parser.add_argument_group("what runs")
    group.add_argument("patterns", metavar="PATTERN", nargs="*",
                       help="area, program, area/program, area/program.case, or a shell "
                       "pattern over those; with @SIZE for one page size alone, "
                       "@SIZE-32bit for one build; or tag:TAG")
    group.add_argument("--area", action="append", default=[], metavar="AREA",
                       help="only this area (may repeat)")
    group.add_argument("--exclude", action="append", default=[], metavar="PATTERN",
                       help="not what this selects (may repeat)")
    group.add_argument("--tag", action="append", default=[], metavar="TAG",
                       help=f"only what has this tag (may repeat: or that one): {', '.join(TAGS)}")
    group.add_argument("--tier", choices=tuple(narrow.TIERS),
                       help="quick: only what has the tag quick; full: everything (default)")
    group.add_argument("--page-size", metavar="SIZES",
                       help="such as 2M,1G, or all (default: every size that is not "
                       "gigantic, and gigantic ones with pages in their pool)")
    group.add_argument("--bits", choices=("all", "native"), default="all",
                       help="native: not the second, 32-bit build of the programs, where "
                       "there is one (default: all; of perf: native)")
    group.add_argument("--programs", metavar="DIR",
                       help="folder that holds tests/AREA/NAME (default: $HUGEPROOF_PROGRAMS, "
                       "else hugeproof's own)")
    group.add_argument("--shard", metavar="K/N", help="only the K-th of N parts, by the names of "
                       "the runs of programs: all parts together are the whole")


def default_form() -> str:
    """The default format: a table on a terminal, plain lines elsewhere."""
    return "table" if sys.stdout.isatty() else "plain"


def add_formats(parser: Any) -> None:
    """Adds the options for formats of other tools."""
    parser.add_argument("--format", choices=FORMATS, metavar="FORMAT",
                        help=f"{', '.join(FORMATS)} (default: table on a terminal, plain in a "
                        "pipe)")
    parser.add_argument("--write", choices=tuple(FILES), action="append", default=[],
                        metavar="FORMAT", help="write the run into its folder, at its end, as "
                        f"{', '.join(FILES)} (may repeat)")
    parser.add_argument("--origin", metavar="NAME", default=ORIGIN, help="the CI system that "
                        f"reports to KCIDB (default: {ORIGIN})")
    parser.add_argument("--files-url", metavar="URL", help="where KCIDB's readers find the folder "
                        "of the run (default: its path on this machine)")


def exports(args: argparse.Namespace) -> Exports:
    """The options of add_formats(), without --format. Raises Refused."""
    check([args.format, *args.write])
    return Exports(tuple(dict.fromkeys(args.write)), check_origin(args.origin),
                   check_address(args.files_url), args.format not in (None, "table", "plain"))


def selection(args: argparse.Namespace) -> Selection:
    """The selection in the options of add_selection()."""
    return Selection(args.patterns, args.area, args.page_size, args.bits == "native",
                     args.programs, exclude=tuple(args.exclude),
                     tags=tuple(map(known_tag, args.tag)), tier=args.tier,
                     shard=None if args.shard is None else shard(args.shard))


def add_results(parser: argparse.ArgumentParser) -> None:
    """Adds the option for the folder of results."""
    parser.add_argument("--results", default=invoked.results(), metavar="DIR",
                        help=f"parent folder of runs (default: {invoked.shown_results()})")


def report_damage(results: Results) -> None:
    """Reports the damaged lines of a record, the rest of which is used."""
    damage = results.damage()
    if damage:
        say(damage)


def scale(text: str) -> float:
    """A time scale: a number of at least 1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not (math.isfinite(value) and value >= 1):
        raise Refused(f"a time scale is a number of at least 1, not {text}")
    return value


def default_scale() -> float:
    """$HUGEPROOF_TIME_SCALE, or 1."""
    return scale(os.environ.get("HUGEPROOF_TIME_SCALE") or "1")


def counted(text: str, name: str, most: int) -> int:
    """The value of an option from 1 to `most`. Raises Refused, which names the option."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise Refused(f"--{name} is a number from 1 to {most}, not {clean(text)}")
    return int(text)


def seconds_of(text: str, name: str, most: float) -> float:
    """The value of an option in seconds, from 1 to `most`. Raises Refused, which names it."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 1 <= value <= most:
        raise Refused(f"--{name} is a number of seconds from 1 to {most:.0f}, not {clean(text)}")
    return value


def budget_of(text: str) -> float:
    """--budget. Raises Refused."""
    return seconds_of(text, "budget", MOST_BUDGET)


def shard(text: str) -> Tuple[int, int]:
    """--shard. Raises Refused."""
    which, slash, of = text.partition("/")
    if not (slash and all(part.isascii() and part.isdigit() and len(part) < 6
                          for part in (which, of)) and 1 <= int(which) <= int(of)):
        raise Refused(f"--shard is K/N, the K-th of N parts, such as 2/7, not {clean(text)}")
    return int(which), int(of)


def seed(text: str) -> int:
    """A seed: 0 to 2^64 - 1."""
    if not text.isascii() or not text.isdigit() or int(text) >= 1 << 64:
        raise Refused(f"a seed is a number from 0 to 2^64 - 1, not {text}")
    return int(text)


def make_plan(chosen: Selection, signals: Signals, kinds: Sequence[str],
              time_scale: Optional[float] = None) -> List[plan.Planned]:
    """The plan for a selection of programs of these kinds. Raises Refused."""
    machine_has = sizes.machine_sizes()
    chosen_sizes = sizes.choose_sizes(chosen.page_size, machine_has)
    patterns = parse_patterns(chosen.patterns, machine_has)
    programs = [program for program in find(programs_folder(chosen.programs), kinds, chosen.native)
                if program.full_name not in chosen.leave_out]
    describe_all(programs, signals, default_scale() if time_scale is None else time_scale)
    return narrow.narrowed(plan.make(programs, patterns, chosen.areas, chosen_sizes,
                                     chosen.as_listed), chosen, programs)


def describe_all(programs: Sequence[Program], signals: Signals, time_scale: float) -> None:
    """Asks every program for its description; `time_scale` multiplies the time limit of each."""
    for program in programs:
        describe(program, signals, time_scale)
