# SPDX-License-Identifier: LGPL-2.1-or-later
"""What func, stress and perf have in common: a plan, a run, its report."""
from __future__ import annotations

import argparse
import os
import platform
import secrets
import sys
from typing import Any, Dict, List, Optional, Tuple

from .. import plan as planning
from ..errors import Interrupted, Refused
from ..kernels import running
from ..known_list import load as load_known
from ..parts import cases_left, unfinished
from ..plan import Planned
from ..programs import ROOMS, find, programs_folder
from ..record import find_run, load
from ..report.table import Reporter
from ..run import Signals
from ..text import clean
from .common import (FORMATS, add_results, add_selection, default_scale, describe_all, make_plan,
                     scale, seed)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs programs."""
    add_selection(parser)
    add_results(parser)
    parser.add_argument("--seed", metavar="N", help="of every random choice (default: a new one, "
                        "which is printed and recorded)")
    parser.add_argument("--time-scale", metavar="F",
                        help="multiplies every time limit (default: $HUGEPROOF_TIME_SCALE or 1)")
    parser.add_argument("--format", choices=FORMATS,
                        help="default: table on a terminal, plain in a pipe")
    parser.add_argument("--allow-poison", action="store_true",
                        help="run programs that poison real memory")
    parser.add_argument("--allow-all-skipped", action="store_true",
                        help="a run in which everything was skipped is no error")
    parser.add_argument("--known-issues", metavar="FILE", action="append",
                        help="one more list of known issues, beside known-issues.json of "
                        "hugeproof and /etc/hugeproof/known.d/*.json; may be given again, and "
                        "the later entry of an id counts")
    parser.add_argument("--no-known-issues", action="store_true",
                        help="take no issue for known")
    parser.add_argument("--resume", metavar="RUN",
                        help="do what a run that was cut has planned and not done")
    # The lab's host side makes the folder, so that it can watch it.
    parser.add_argument("--into", metavar="DIR", help=argparse.SUPPRESS)
    # The lab's too: nothing is proved on a kernel that a program has broken.
    parser.add_argument("--new-boot-when-tainted", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--verbose", action="store_true",
                        help="have programs print notes (kept in the run's out/)")


def run(args: argparse.Namespace, kind: str, **asked: Any) -> int:
    """Runs programs of a kind; `asked`: fields of Options that the command's own options
    set. The exit status of doc/formats.md."""
    return run_into(args, kind, **asked)[0]


def run_into(args: argparse.Namespace, kind: str, **asked: Any) -> Tuple[int, str]:
    """The same, with the folder of the run."""
    if os.geteuid() != 0:
        print(f"run_tests.py: not root: {args.command} runs what needs no setting of the machine "
              "changed and skips the rest (sudo runs all)", file=sys.stderr)
    signals = Signals()
    try:
        return _run(args, signals, kind, asked)
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}; nothing was changed") from None
    finally:
        signals.close()


def _run(args: argparse.Namespace, signals: Signals, kind: str,
         asked: Dict[str, Any]) -> Tuple[int, str]:
    from ..about import Options
    from ..session import execute
    form = args.format or ("table" if sys.stdout.isatty() else "plain")
    uname = platform.uname()
    issues = load_known(args.known_issues, running(), args.no_known_issues)
    options = Options(kind=kind, **asked, command=sys.argv, verbose=args.verbose,
                      allow_poison=args.allow_poison, new_boot=args.new_boot_when_tainted,
                      known_issues=[issue.as_json() for issue in issues])
    resumed: Optional[Tuple[str, Dict[str, Any]]] = None
    if args.resume:
        plan, resumed = _resumed(args, options, uname.release, signals)
    else:
        options.seed = seed(args.seed) if args.seed else 1 + secrets.randbelow(1 << 32)
        options.time_scale = scale(args.time_scale) if args.time_scale else default_scale()
        plan = make_plan(args, signals, (kind,))
        _refuse_unknown(options.params, plan)
        plan = planning.repeated(plan, options.repeat)
    for planned in plan:
        planned.seconds, planned.params = options.seconds, options.params
    planning.settle(plan, options.allow_poison, planning.machine_sizes())
    reporter = Reporter(form)
    folder, status = execute(plan, options, issues, reporter, signals, args.results, resumed,
                             args.into)
    return status or _report(folder, reporter, args.allow_all_skipped), folder


def _refuse_unknown(params: Dict[str, str], plan: List[Planned]) -> None:
    for key in params:
        if not any(param.get("name") == key for planned in plan
                   for param in planned.program.params):
            raise Refused(f"no program of this run has a parameter {clean(key)} "
                          "(run_tests.py list shows them with --json)")


def _report(folder: str, reporter: Reporter, allow_all_skipped: bool) -> int:
    from ..report.summary import summary
    from ..report.tally import tally
    record, results = load(folder)
    counts = tally(record, results)
    reporter.end(summary(record, results, folder))
    status = counts.status(allow_all_skipped)
    if status == 2:
        print("run_tests.py: nothing passed: everything was skipped, the reasons stand above "
              "(--allow-all-skipped takes that for success)" if not counts.known else
              "run_tests.py: nothing passed", file=sys.stderr)
    return status


def _resumed(args: argparse.Namespace, options: Any, release: str,
             signals: Signals) -> Tuple[List[Planned], Tuple[str, Dict[str, Any]]]:
    """What a cut run still lacks, with the options it had."""
    if args.patterns or args.area or args.page_size or args.seed:
        raise Refused("--resume takes patterns, areas, page sizes and seed from the run: "
                      "leave them out")
    folder = find_run(args.resume, args.results)
    record, results = load(folder)
    if record.get("kind", "func") != options.kind:
        raise Refused(f"{clean(folder)} was not made by {args.command}")
    kernel = record.get("kernel")
    was = kernel.get("release") if isinstance(kernel, dict) else None
    if was == release and options.kind == "load" and kernel and (
            kernel.get("version") != platform.uname().version):
        raise Refused(f"{clean(folder)} was made on another build of {release}: begin a new run")
    if was != release:
        raise Refused(f"{clean(folder)} was made on kernel {clean(str(was))}, this is {release}: "
                      "begin a new run")
    if not isinstance(record.get("seed"), int):
        raise Refused(f"{clean(folder)}/run.json has no seed")
    options.seed = record["seed"]
    options.seconds = options.seconds or record.get("seconds")
    options.repeat, options.params = record.get("repeat", 1), record.get("params") or {}
    options.time_scale = scale(args.time_scale or str(record.get("time_scale", 1)))
    options.allow_poison = args.allow_poison or bool(record.get("allow_poison"))
    names = unfinished(record, results)
    plan = _plan_of(names, cases_left(record, results), args, signals) if names else []
    record.update(ended=None, settings=[], summary=None, known_issues=options.known_issues)
    record.setdefault("between", [])
    record.setdefault("hindered", [])
    return plan, (folder, record)


def _plan_of(names: List[str], cases: Dict[str, List[str]], args: argparse.Namespace,
             signals: Signals) -> List[Planned]:
    programs = find(programs_folder(args.programs), tuple(ROOMS))
    wanted = [planning.again(name, programs) for name in names]
    describe_all(list({planned.program.path: planned.program for planned in wanted}.values()),
                 signals)
    machine_has = planning.machine_sizes()
    plan = []
    for planned in wanted:
        if planned.size:
            planned.size = planning.known_size(planned.size, machine_has)
        plan.append(planned.narrow(cases))
    return plan
