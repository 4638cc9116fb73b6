# SPDX-License-Identifier: LGPL-2.1-or-later
"""lab build, lab run, lab shell: options, and the order of things."""
from __future__ import annotations

import argparse
import os
import sys
from typing import Any, List

from .. import commandline
from ..errors import Refused
from ..record import find_run
from ..request import Request
from ..text import clean
from . import coverage_kernel, kernel, source, start
from .options import KEPT, RUNNABLE, add_guest_options, filled, kept, with_counters
from .order import Order
from .prepare import show
from .shell import shell


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "lab", help="build and boot kernels in a guest", allow_abbrev=False,
        description="Runs the suite on any kernel in a QEMU guest, with the NUMA nodes, page "
        "sizes and test devices that this machine may lack. doc/lab.md tells all.")
    commands = parser.add_subparsers(dest="lab_command", metavar="COMMAND", required=True)
    build = commands.add_parser("build", help="build the lab's kernel", allow_abbrev=False)
    build.add_argument("--source", metavar="DIR", help="a kernel source (default: the "
                       "distribution's package linux-source-6.12)")
    build.add_argument("--config", metavar="FILE", help="what is wanted on top of tinyconfig "
                       "(default: scripts/lab.config)")
    build.add_argument("--coverage", action="store_true", help="with counters in the huge page "
                       "code, as lab run --coverage boots it")
    run_parser = commands.add_parser(
        "run", help="run func, stress, perf, list or probe in a guest", allow_abbrev=False,
        usage="run_tests.py lab run [OPTIONS] -- func|stress|perf|list|probe ...")
    add_guest_options(run_parser)
    run_parser.add_argument("--results", default="results", metavar="DIR",
                            help="parent folder of runs (default: ./results)")
    run_parser.add_argument("--resume", metavar="RUN", help="go on with a run that was cut, in "
                            "the same guest")
    run_parser.add_argument("--print", action="store_true",
                            help="show the QEMU command and do nothing")
    run_parser.add_argument("--coverage", action="store_true", help="gather what of the "
                            "kernel's huge page code each program executes")
    run_parser.add_argument("words", nargs="*", metavar="COMMAND", help="for the guest's runner")
    shell = commands.add_parser("shell", help="an interactive shell in the guest",
                                allow_abbrev=False)
    add_guest_options(shell)
    shell.add_argument("--results", default="results", metavar="DIR", help="a folder that the "
                       "guest can write (default: ./results)")
    shell.add_argument("--print", action="store_true", help="show the QEMU command and do nothing")


def run(args: argparse.Namespace) -> int:
    """The exit status of doc/formats.md."""
    if args.lab_command == "build":
        return _build(args)
    if args.lab_command == "run" and args.coverage:
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
                         ": run_tests.py lab run -- func"))
    if args.print:
        return show(options)
    return start.run(Order(options, args.results, _understood(args.words), args.words, args.gdb))


def _understood(words: List[str]) -> Request:
    """What the guest's command asks for, refused here where that can be seen without a guest."""
    asked = commandline.request(words)
    for name, given, where in (("resume", asked.resume, "lab run --resume RUN"),
                               ("into", asked.into, "nothing")):
        if given:
            raise Refused(f"--{name} is not for the guest's command: use {where}")
    if asked.results != "results":
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
    return start.resume(Order(options, os.path.dirname(os.path.abspath(path)),
                              _understood(words), words, args.gdb), path)


def _build(args: argparse.Namespace) -> int:
    origin = source.of_folder(args.source) if args.source else source.packaged()
    fragment = args.config or kernel.fragment_path()
    tree = coverage_kernel.tree(origin, fragment) if args.coverage else \
        kernel.Tree(origin, fragment)
    image, unknown = tree.bring_up()
    for name in unknown:
        print(f"run_tests.py: this kernel has no option CONFIG_{name}", file=sys.stderr)
    print(image)
    return 0
