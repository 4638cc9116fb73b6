# SPDX-License-Identifier: LGPL-2.1-or-later
"""setup: installs the packages that commands need, by the distribution's package manager."""
from __future__ import annotations

import argparse
import os
from typing import Any, List

from .. import invoked
from ..errors import Refused, why
from ..text import clean

SCRIPT = os.path.join(invoked.TOP, "scripts", "setup")
# The options of scripts/setup that are of use where the suite is built already.
_GROUPS = ("report", "lab")


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "setup", help="install the packages that commands need", allow_abbrev=False,
        description="Says which packages are missing, and installs them with the distribution's "
        "package manager: apt, dnf, zypper, pacman or apk. Needs root, except with --print.")
    parser.add_argument("--report", action="store_true", help="also what compare and HTML pages "
                        "need")
    parser.add_argument("--lab", action="store_true", help="also what the lab and the mutants need")
    parser.add_argument("--arch", metavar="ARCH", help="also what guests of another architecture "
                        "need: arm64")
    parser.add_argument("--print", action="store_true", help="only say what is missing")


def words(args: argparse.Namespace) -> List[str]:
    """The command line of scripts/setup."""
    found = [SCRIPT] if invoked.in_source_tree() else [SCRIPT, "--installed"]
    found += [f"--{name}" for name in _GROUPS if vars(args)[name]]
    found += ["--arch", args.arch] if args.arch else []
    return found + (["--print"] if args.print else [])


def run(args: argparse.Namespace) -> int:
    """Does not return: scripts/setup goes on in this process. Raises Refused."""
    asked = words(args)
    try:
        os.execv(SCRIPT, asked)
    except OSError as error:
        raise Refused(f"cannot run {clean(SCRIPT)}: {why(error)}") from None
