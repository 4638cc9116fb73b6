# SPDX-License-Identifier: LGPL-2.1-or-later
"""stress: runs the races."""
from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any, Optional

from ..errors import Refused
from ..request import Request
from . import runs

MOST_SECONDS = 86400
# This program takes hours: it runs every pair of actors on every target.
ONLY_BY_NAME = "race/race_pairs"


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "stress", help="run the races", allow_abbrev=False,
        usage="%(prog)s [OPTIONS] [PATTERN ...]",
        description="Runs the races: actors at work on one target, with an oracle that looks "
        "for every page that is lost, stale or torn. Without root it runs what needs none, and "
        "skips the rest. Without names all but race_pairs run, which takes its seconds for "
        "each of some 2000 pairs of actors; with --budget half of the time is spent on those of "
        "its pairs that were never at work on one huge page at once in earlier runs.")
    runs.add_options(parser)
    parser.add_argument("--seconds", metavar="N", help="how long each race lasts (default 10)")


def _seconds(text: Optional[str]) -> Optional[int]:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_SECONDS:
        raise Refused(f"--seconds is a number from 1 to {MOST_SECONDS}, not {text}")
    return int(text)


def request(args: argparse.Namespace) -> Request:
    """What is asked for. Raises Refused."""
    asked = replace(runs.request(args), seconds=_seconds(args.seconds))
    # With a budget those of its pairs run that never met (past_overlap.py).
    if args.patterns or args.resume or asked.budget is not None:
        return asked
    return replace(asked, selection=replace(asked.selection, leave_out=[ONLY_BY_NAME]))


def run(args: argparse.Namespace) -> int:
    """The exit status of doc/formats.md."""
    return runs.run(request(args))[0]
