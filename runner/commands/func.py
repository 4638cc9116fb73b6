# SPDX-License-Identifier: LGPL-2.1-or-later
"""func: runs the functional tests."""
from __future__ import annotations

import argparse
from typing import Any

from ..request import Request
from . import runs


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser("func", help="run the functional tests", allow_abbrev=False,
                                   usage="%(prog)s [OPTIONS] [PATTERN ...]",
                                   description="Runs the functional tests. Without root it runs "
                                   "what needs none, and skips the rest.")
    runs.add_options(parser)


def request(args: argparse.Namespace) -> Request:
    """The request in the options. Raises Refused."""
    return runs.request(args)


def run(args: argparse.Namespace) -> int:
    """The exit status of doc/formats.md."""
    return runs.run(request(args))[0]
