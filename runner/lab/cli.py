# SPDX-License-Identifier: LGPL-2.1-or-later
"""The subcommands of lab: their options, and what each of them calls."""
from __future__ import annotations

import argparse
import json
import os
import secrets
from typing import Any, List, Optional

from .. import commandline, invoked, output
from ..commands.common import counted
from ..errors import Refused
from ..output import say
from ..record import find_run
from ..request import Request
from ..text import clean
from . import bisect, coverage_kernel, kernel, matrix, offered, origin, source, start
from .options import (KEPT, RECORDED, RUNNABLE, SHARED, add_arch_options, add_guest_options,
                      arch_of, filled, kept, with_counters)
from .order import Order
from .prepare import check_guest, show
from .shell import shell


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "lab", help="build and boot kernels in a guest", allow_abbrev=False,
        description="Runs the suite on any kernel in a QEMU guest, with the NUMA nodes, page "
        "sizes and test devices that this machine may lack. See doc/lab.md.")
    commands = parser.add_subparsers(dest="lab_command", metavar="COMMAND", required=True)
    build = commands.add_parser("build", help="build the lab's kernel", allow_abbrev=False)
    build.add_argument("--source", metavar="SOURCE", help="a kernel source: a folder, a tarball, "
                       "DIR@REV of a git tree, or deb:[SUITE/]PACKAGE[=VERSION] (default: the "
                       "package linux-source-6.12 that is installed)")
    build.add_argument("--config", metavar="FILE", help="what is wanted on top of tinyconfig "
                       "(default: scripts/lab.config)")
    build.add_argument("--coverage", action="store_true", help="with counters in the huge page "
                       "code, as lab run --coverage boots it")
    build.add_argument("--json", action="store_true", help="print one JSON object")
    add_arch_options(build)
    kernels = commands.add_parser(
        "kernels", help="list the distribution's kernels that can be had, newest first",
        allow_abbrev=False)
    kernels.add_argument("suites", nargs="*", metavar="SUITE", help="such as trixie-backports "
                         f"(default: {', '.join(offered.SUITES)}, and backports)")
    kernels.add_argument("--json", action="store_true", help="print one JSON object")
    run_parser = commands.add_parser(
        "run", help="run func, stress, perf, list or probe in a guest", allow_abbrev=False,
        usage="%(prog)s [OPTIONS] -- func|stress|perf|list|probe ...")
    add_guest_options(run_parser)
    run_parser.add_argument("--results", default=invoked.results(), metavar="DIR",
                            help=f"parent folder of runs (default: {invoked.shown_results()})")
    run_parser.add_argument("--resume", metavar="RUN", help="go on with a run that was cut, in "
                            "the same guest")
    run_parser.add_argument("--print", action="store_true",
                            help="show the QEMU command and do nothing")
    run_parser.add_argument("--coverage", action="store_true", help="gather what of the "
                            "kernel's huge page code each program executes")
    run_parser.add_argument("--jobs", metavar="N", help="guests at a time that share the programs "
                            "of func or stress (default 1)")
    run_parser.add_argument("words", nargs="*", metavar="COMMAND", help="for the guest's runner")
    _add_matrix(commands)
    _add_bisect(commands)
    shell = commands.add_parser("shell", help="an interactive shell in the guest",
                                allow_abbrev=False)
    add_guest_options(shell)
    shell.add_argument("--results", default=invoked.results(), metavar="DIR", help="a folder "
                       f"that the guest can write (default: {invoked.shown_results()})")
    shell.add_argument("--print", action="store_true", help="show the QEMU command and do nothing")


def _add_matrix(commands: Any) -> None:
    parser = commands.add_parser(
        "matrix", help="run func, stress or perf on several kernels, side by side",
        allow_abbrev=False, usage="%(prog)s --kernel K --kernel K ... [OPTIONS] -- "
        "func|stress|perf ...", description="Boots each kernel in a guest of its own, as many at "
        "once as processors and memory allow, and makes one page of points by kernel.")
    parser.add_argument("--kernel", metavar="K", action="append", dest="kernels",
                        help="as lab run takes it; give it once for each kernel")
    add_guest_options(parser, kernel=False)
    parser.add_argument("--jobs", metavar="N", help="guests at a time (default: as many as "
                        "processors and memory allow)")
    parser.add_argument("--results", default=invoked.results(), metavar="DIR",
                        help=f"parent folder of results (default: {invoked.shown_results()})")
    parser.add_argument("--resume", metavar="MATRIX", help="go on with one that was cut: folder, "
                        "name, or latest")
    parser.add_argument("--json", action="store_true", help="print what report --matrix --json "
                        "prints, and not a table")
    parser.add_argument("words", nargs="*", metavar="COMMAND", help="for each guest's runner")


def _add_bisect(commands: Any) -> None:
    parser = commands.add_parser(
        "bisect", help="find the commit since which a point fails", allow_abbrev=False,
        usage="%(prog)s --source GIT --good REV --bad REV [OPTIONS] -- POINT",
        description="Builds and boots kernels of a git tree until the first commit is found on "
        "which the point fails. The git tree is not changed.")
    parser.add_argument("--source", metavar="GIT", required=True, help="a kernel's git tree")
    parser.add_argument("--good", metavar="REV", required=True, help="the point passes there")
    parser.add_argument("--bad", metavar="REV", required=True, help="and fails there")
    attempt = commands.add_parser(
        "try", help="one point on one kernel, with the exit status of git bisect run",
        allow_abbrev=False, usage="%(prog)s [OPTIONS] -- POINT",
        description="Exit status 0 when the point passes, 1 when it fails, 125 when the kernel "
        "does not build or boot, or says nothing of the point.")
    for each, kernel_too in ((parser, False), (attempt, True)):
        add_guest_options(each, kernel=kernel_too)
        each.add_argument("--times", metavar="N", help="how often, until it does not pass; for "
                          "races (default 1)")
        each.add_argument("--results", default=invoked.results(), metavar="DIR",
                          help=f"parent folder of results (default: {invoked.shown_results()})")
        each.add_argument("--json", action="store_true", help="print one JSON object")
        each.add_argument("words", nargs="*", metavar="POINT", help="area/program.case@SIZE")


def run(args: argparse.Namespace) -> int:
    """The exit status of doc/formats.md."""
    if args.lab_command == "build":
        return _build(args)
    if args.lab_command == "kernels":
        offered.show(args.suites, args.json)
        return 0
    if args.lab_command == "matrix":
        args.recorded = True
        return _matrix(args)
    if args.lab_command in ("bisect", "try"):
        return _point(args)
    if args.lab_command == "run" and args.coverage:
        if args.resume:
            raise Refused("--resume takes the kernel from the run, with its counters if it has "
                          "any: leave out --coverage")
        args.kernel = with_counters(args.kernel)
    args.recorded = args.lab_command == "run" and not args.print and (
        bool(args.resume) or args.words[:1] in (["func"], ["stress"], ["perf"]))
    options = kept(args)
    if args.lab_command == "run" and args.resume:
        given = [name for name, value in options.items() if value is not None]
        if given or args.words:
            raise Refused("--resume takes the guest and the command from the run: leave out "
                          + (f"--{given[0].replace('_', '-')}" if given else "the command"))
        return _resume(args)
    options = filled(options)
    if args.lab_command == "shell":
        return show(options) if args.print else shell(Order(options, args.results, gdb=args.gdb))
    if not args.words or args.words[0] not in RUNNABLE:
        raise Refused(f"a guest runs {', '.join(RUNNABLE)}"
                      + (f", not {clean(args.words[0])}" if args.words else
                         f": {invoked.command('lab run -- func')}"))
    if args.print:
        return show(options)
    asked = _understood(args.words)
    args.recorded = args.recorded and not asked.plan_only
    return start.run(Order(options, args.results, asked, args.words, args.gdb,
                           _shared_by(args, asked)))


def _shared_by(args: argparse.Namespace, asked: Request, before: Any = None) -> int:
    """The number of guests that share a run. `before`: the number in the record of a run to be
    resumed."""
    command = asked.command
    jobs = _jobs(args.jobs if args.jobs is not None or not before else str(before)) or 1
    if jobs > 1 and command not in SHARED:
        raise Refused(f"--jobs is for {' and '.join(SHARED)}" + (
            ": what runs side by side disturbs what is measured" if command == "perf" else ""))
    if jobs > 1 and asked.budget is not None:
        raise Refused("--budget is for one guest: leave out --jobs")
    if jobs > 1 and args.gdb:
        raise Refused("--gdb lets a debugger into one guest: leave out --jobs")
    return jobs


def _understood(words: List[str]) -> Request:
    """The request of the guest's command. Raises Refused where that is possible without a
    guest."""
    asked = commandline.request(words)
    for name, given, where in (("resume", asked.resume, "lab run --resume RUN"),
                               ("into", asked.into, "nothing")):
        if given:
            raise Refused(f"--{name} is not for the guest's command: use {where}")
    if asked.results != invoked.results():
        raise Refused(f"--results is not for the guest's command: use lab run --results "
                      f"{clean(asked.results)}")
    return asked


def _resume(args: argparse.Namespace) -> int:
    path = find_run(args.resume, args.results)
    lab = start.lab_of(path)
    options = filled({**dict.fromkeys(KEPT), **lab["options"]})
    if args.print:
        return show(options)
    words = list(lab["words"])
    asked = _understood(words)
    return start.resume(Order(options, os.path.dirname(os.path.abspath(path)), asked, words,
                              args.gdb, _shared_by(args, asked, lab.get("jobs"))), path)


def _jobs(text: Optional[str]) -> Optional[int]:
    if text is None:
        return None
    return counted(text, "jobs", matrix.MOST_JOBS)


def _matrix(args: argparse.Namespace) -> int:
    options, jobs = kept(args), _jobs(args.jobs)
    given = [name for name, value in options.items() if value is not None]
    if args.resume:
        if given or args.kernels or args.words:
            raise Refused("--resume takes kernels, guest and command from the matrix: leave them "
                          "out")
        folder = matrix.find_folder(args.resume, args.results)
        call = matrix.read_call(folder)
        return matrix.Matrix(call, _understood(list(call.words)), folder, jobs).go(args.json)
    if not args.kernels:
        raise Refused("a matrix needs kernels: name each with --kernel")
    if args.words[:1] == [] or args.words[0] not in RECORDED:
        raise Refused(f"a matrix is made of {', '.join(RECORDED)}: "
                      + invoked.command("lab matrix --kernel K --kernel K -- func"))
    call = matrix.Call(matrix.each_once(args.kernels), options, args.words,
                       1 + secrets.randbelow(1 << 32))
    asked = _understood(args.words)
    for name, wanted in (("save", asked.save), ("plan", asked.plan_only)):
        if wanted:
            raise Refused(f"--{name} is not for the kernels of a matrix")
    # Only the guest is checked here: a kernel that cannot be built or fetched is reported with its
    # own results.
    check_guest(filled({**options, "kernel": "build"}), kernel=False)
    return matrix.Matrix(call, asked, matrix.begin(args.results, call), jobs).go(
        args.json)


def _point(args: argparse.Namespace) -> int:
    try:
        git, good, bad = (vars(args).get(name, "") for name in ("source", "good", "bad"))
        asked = bisect.Asked(git, good, bad, bisect.one_point(args.words),
                             bisect.times(args.times), filled(kept(args)), args.results, args.json)
        if args.lab_command == "try":
            return bisect.try_kernel(asked)
    except Refused as refused:
        if args.lab_command != "try":
            raise
        # git bisect run takes 2 for a verdict on the kernel, and stops at a status above 127.
        output.say(str(refused))
        return bisect.STOP
    return bisect.Bisection(asked).go()


def _build(args: argparse.Namespace) -> int:
    found = origin.of_word(args.source) if args.source else source.packaged()
    assert found is not None
    fragment = args.config or kernel.fragment_path()
    arch = arch_of(vars(args))
    tree = coverage_kernel.tree(found, arch, fragment) if args.coverage else \
        kernel.Tree(found, fragment, arch)
    image, notes = tree.bring_up()
    for sentence in notes:
        say(sentence)
    print(json.dumps({"format": 1, "kernel": image, "source": tree.source.identity,
                      "arch": arch.name, "base_page": args.base_page, "coverage": args.coverage,
                      "lacks": notes}, indent=1) if args.json else image)
    return 0
