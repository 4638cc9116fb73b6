# SPDX-License-Identifier: LGPL-2.1-or-later
"""compare: its options, and the course of the command."""
from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import sys
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .. import invoked, output
from ..calls import new_folder
from ..commands.common import add_results
from ..commands.perf import add_load_options, load_params, load_scale, repeats, seconds
from ..errors import Interrupted, Refused, why
from ..lab.options import add_guest_options, filled, kept
from ..record import write_whole
from ..request import Request, Selection
from ..text import clean
from . import page, sides, table
from .explained import FOLDED, Explained, explain, why_not
from .growth import growth
from .kernels import REPEATS, Kernels, boots
from .sides import Side
from .verdict import THRESHOLD, Verdict, compared, warnings

FORMAT = 1
CANNOT_TELL = 125
# The number of figures on only one side that are named; compare.json has all of them.
MAX_NAMED = 5
PACKAGES = {"scipy": "python3-scipy", "matplotlib": "python3-matplotlib",
            "jinja2": "python3-jinja2", "rich": "python3-rich"}


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "compare", help="compare two runs of perf, or two kernels", allow_abbrev=False,
        usage="%(prog)s BEFORE AFTER [OPTIONS]\n"
        "       %(prog)s --kernels A B [OPTIONS] [-- PATTERN ...]",
        description="Says of every figure whether it is faster, slower or the same, and how "
        "sure that is. See doc/compare.md.")
    parser.add_argument("words", metavar="BEFORE AFTER", nargs="*",
                        help="two runs of perf (folder, name, or latest; of several boots: "
                        "names with commas); with --kernels: which programs run (default: all)")
    parser.add_argument("--kernels", nargs=2, metavar=("A", "B"), help="boots both in the lab, "
                        "in turn: A B B A; each as lab run's --kernel takes it")
    parser.add_argument("--boots", metavar="N", help="of each kernel (default 8)")
    parser.add_argument("--threshold", metavar="PERCENT", default=f"{100 * THRESHOLD:g}",
                        help="a difference of less does not matter (default %(default)s)")
    parser.add_argument("--fail-on", choices=("slower", "unclear"),
                        help="exit status 1 when a figure is slower, 125 when that cannot "
                        "be said: of no figure at all, or (unclear) of some; for scripts and "
                        "git bisect run")
    parser.add_argument("--all", action="store_true", help="show every figure, not only those that "
                        "changed")
    parser.add_argument("--explain", action="store_true", help="for the figures that changed (with "
                        "--all: for each) the functions of the kernel whose time changed, events "
                        "an operation and flame graphs: of runs of perf --explain")
    parser.add_argument("--json", action="store_true", help="print what compare.json has, and not "
                        "the table")
    add_results(parser)
    guest = parser.add_argument_group("with --kernels")
    guest.add_argument("--programs", metavar="DIR", help="folder that holds workloads/load/NAME "
                       "(default: $HUGEPROOF_PROGRAMS, else hugeproof's own)")
    add_load_options(guest, REPEATS)  # type: ignore[arg-type]
    add_guest_options(guest, kernel=False)  # type: ignore[arg-type]


def _threshold(text: str) -> float:
    try:
        value = float(text.rstrip("%"))
    except ValueError:
        value = math.nan
    if not 0 < value < 100:
        raise Refused(f"--threshold is a number of percent between 0 and 100, not {clean(text)}")
    return value / 100


def run(args: argparse.Namespace) -> int:
    """The exit status of doc/formats.md."""
    args.recorded = bool(args.fail_on or args.kernels)
    try:
        return _run(args)
    except Exception as error:  # pylint: disable=broad-except
        # git bisect run takes status 2 for a verdict on the kernel.
        if not args.fail_on:
            raise
        if isinstance(error, (Refused, Interrupted)):
            by = "interrupted by " if isinstance(error, Interrupted) else ""
            output.say(f"{by}{error}")
        else:
            output.unexpected()
        return CANNOT_TELL


def _run(args: argparse.Namespace) -> int:
    threshold = _threshold(args.threshold)
    _need_packages()
    if args.kernels:
        asked = _kernels(args)
        folder = new_folder(args.results, "compare")
        try:
            before, after = asked.measure(folder)
        finally:
            if not os.listdir(folder):
                os.rmdir(folder)
    else:
        _refuse_guest_options(args)
        if len(args.words) != 2:
            raise Refused("compare takes two runs, BEFORE and AFTER, or --kernels A B")
        before, after = (sides.find(word, args.results) for word in args.words)
        folder = ""
    verdicts = compared(before.figures, after.figures, threshold)
    if not verdicts:
        raise Refused("the two sides have no figure in common")
    notes = _notes(before, after, verdicts, threshold)
    more = page.More(growth(before, after), _explained(args, before, verdicts, notes))
    numbers = json.dumps({**_as_json(before, after, verdicts, notes, threshold),
                          **more.as_json()}, indent=1, allow_nan=False) + "\n"
    if args.json:
        sys.stdout.write(numbers)
    else:
        table.show(before, after, verdicts, notes, args.all)
        for line in more.lines():
            print(line)
    text = page.page(before, after, verdicts, notes, threshold, more)
    folder = folder or new_folder(args.results, "compare")
    _write(folder, "compare.json", numbers)
    _write(folder, "compare.html", text)
    if args.explain:
        _write(folder, FOLDED, "".join(line for one in more.explained for line in one.folded()))
    if not args.json:
        also = f" (stacks: {FOLDED})" if args.explain else ""
        print(f"page and numbers in {os.path.relpath(folder)}/compare.html and compare.json{also}")
    return _status(args.fail_on, before, after, verdicts)


def _explained(args: argparse.Namespace, before: Side, verdicts: Sequence[Verdict],
               notes: List[str]) -> List[Explained]:
    """What --explain asks for; adds notes. Raises Refused for saved runs without profiles."""
    if not args.explain:
        return []
    lacks = why_not(verdicts)
    # What was measured for this comparison is not thrown away.
    if lacks and not args.kernels:
        raise Refused(lacks)
    found = explain(verdicts, before.instructions, args.all)
    if lacks or not found:
        notes.append(lacks or "no figure with a profile changed (--all explains every one)")
    return found


def _kernels(args: argparse.Namespace) -> Kernels:
    """What --kernels asks for. Raises Refused."""
    options = kept(args)
    first, second = (filled({**options, "kernel": kernel}) for kernel in args.kernels)
    params = load_params(args)
    request = Request(
        "perf", Selection(args.words, native=True, programs=args.programs),
        repeat=repeats(args.repeat, REPEATS), seconds=seconds(args.seconds),
        params=params, scale=load_scale(args, params), form="plain", allow_all_skipped=True)
    return Kernels((first, second), request, boots(args.boots))


def _need_packages() -> None:
    """Raises Refused for missing packages before anything is measured or written."""
    for module, package in PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            raise Refused(f"compare needs Python's {module}: install {package} ("
                          f"{invoked.setup('--report')})")


def _refuse_guest_options(args: argparse.Namespace) -> None:
    for name, given in {**kept(args), "boots": args.boots, "repeat": args.repeat,
                        "seconds": args.seconds, "programs": args.programs, "rate": args.rate,
                        "scale": args.scale}.items():
        if given is not None:
            raise Refused(f"--{name.replace('_', '-')} is for --kernels: two saved runs are "
                          "what they are")
    if args.param:
        raise Refused("--param is for --kernels: two saved runs are what they are")


def _notes(before: Side, after: Side, verdicts: Sequence[Verdict],
           threshold: float) -> List[str]:
    notes = sides.unlike(before, after)
    failed = sides.failures(before, after)
    if failed:
        notes.append(failed)
    for one, other, word in ((before, after, "before"), (after, before, "after")):
        names = sides.only_on(one, other)
        if names:
            more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
            notes.append(f"only {word}: {', '.join(names[:MAX_NAMED])}{more}")
    dropped = [name for name in before.figures if name in after.figures
               and name not in {verdict.name for verdict in verdicts}]
    if dropped:
        notes.append(f"zero before, or of another unit after: {', '.join(dropped[:MAX_NAMED])}")
    return notes + warnings(verdicts, threshold, before.several and after.several)


def _as_json(before: Side, after: Side, verdicts: Sequence[Verdict], notes: List[str],
             threshold: float) -> Dict[str, Any]:
    def side(one: Side) -> Dict[str, Any]:
        return {"label": one.label, "kernel": one.record.get("kernel"),
                "runs": [os.path.abspath(folder) for folder in one.folders],
                "failed": sorted(one.failed)}
    return {"format": FORMAT, "threshold": threshold, "before": side(before),
            "after": side(after), "instructions": before.instructions and after.instructions,
            "only_before": sides.only_on(before, after),
            "only_after": sides.only_on(after, before),
            "notes": notes, "figures": [verdict.as_json() for verdict in verdicts]}


def _status(fail_on: Optional[str], before: Side, after: Side,
            verdicts: Sequence[Verdict]) -> int:
    words = {verdict.word for verdict in verdicts}
    if not fail_on:
        return 0
    if "slower" in words:
        return 1
    # A kernel on which something died or failed after the change is not good.
    lost = before.figures.keys() - {verdict.name for verdict in verdicts}
    if lost or after.failed - before.failed or (fail_on == "unclear" and "unclear" in words):
        return CANNOT_TELL
    return 0


def _write(folder: str, name: str, text: str) -> None:
    try:
        write_whole(os.path.join(folder, name), text)
    except OSError as error:
        raise Refused(f"cannot write {clean(os.path.join(folder, name))}: {why(error)}") from None


__all__: Tuple[str, ...] = ("add_parser", "run")
