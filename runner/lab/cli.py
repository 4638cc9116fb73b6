# SPDX-License-Identifier: LGPL-2.1-or-later
"""lab build, lab run, lab shell: options, and the order of things."""
from __future__ import annotations

import argparse
import sys
from typing import Any

from ..errors import Refused
from ..text import clean
from .options import KEPT, RUNNABLE, add_guest_options, filled


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
    from . import start
    options = {name: getattr(args, name) for name in KEPT}
    if args.lab_command == "shell":
        return start.shell(filled(options), args.results, args.gdb, args.print)
    if args.resume:
        given = [name for name, value in options.items() if value is not None]
        if given or args.words:
            raise Refused("--resume takes the guest and the command from the run: leave out "
                          + (f"--{given[0].replace('_', '-')}" if given else "the command"))
        return start.resume(args.resume, args.results, args.gdb, args.print)
    if not args.words or args.words[0] not in RUNNABLE:
        raise Refused(f"a guest runs {', '.join(RUNNABLE)}"
                      + (f", not {clean(args.words[0])}" if args.words else
                         ": run_tests.py lab run -- func"))
    return start.run(filled(options), args.words, args.results, args.gdb, args.print)


def _build(args: argparse.Namespace) -> int:
    from . import kernel, source
    origin = source.of_folder(args.source) if args.source else source.packaged()
    tree = kernel.Tree(origin, args.config or kernel.fragment_path())
    image, unknown = tree.bring_up()
    for name in unknown:
        print(f"run_tests.py: this kernel has no option CONFIG_{name}", file=sys.stderr)
    print(image)
    return 0
