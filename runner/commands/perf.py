# SPDX-License-Identifier: LGPL-2.1-or-later
"""perf: runs the loads, which measure how fast this kernel is."""
from __future__ import annotations

import argparse
import math
import re
from dataclasses import replace
from typing import Any, Dict, List, Optional

from .. import scale
from ..errors import Refused
from ..record import check_save, find_run, save_as
from ..request import Request
from ..text import clean
from . import runs
from .common import counted

MOST_REPEATS = 1000
MOST_SECONDS = 86400.0
REPEATS = 10
# What lib/load/open.c takes.
LEAST_RATE, MOST_RATE, MOST_RATES = 0.001, 1e7, 16
SWEEP = "sweep"
_RATE = re.compile(r"[0-9]{1,8}(\.[0-9]{1,8})?(e[0-9])?\Z")


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "perf", help="run the loads", allow_abbrev=False,
        usage="%(prog)s [OPTIONS] [PATTERN ...]",
        description="Runs the loads again and again and records how long each operation took. "
        "Without root it runs what needs none, and skips the rest. compare compares two such runs.")
    runs.add_options(parser)
    add_load_options(parser, REPEATS)
    parser.add_argument("--save", metavar="NAME", help="also call the run NAME in the folder of "
                        "results, for compare")
    parser.add_argument("--explain", action="store_true", help="then sample where the time of "
                        "each operation goes, function by function, and count page faults, "
                        "allocations, TLB misses, IPIs and contended locks")
    parser.set_defaults(bits="native")


def add_load_options(parser: argparse.ArgumentParser, otherwise: int) -> None:
    """Adds the options for how much is measured; `otherwise`: the default number of repeats."""
    parser.add_argument("--repeat", metavar="N", help="times that everything runs (default "
                        f"{otherwise})")
    parser.add_argument("--seconds", metavar="S", help="that each figure is measured for each "
                        "time (default 0.25)")
    parser.add_argument("--param", metavar="KEY=VALUE", action="append", default=[],
                        help="of the programs that have it, such as size=64M or threads=4 (may "
                        "repeat)")
    parser.add_argument("--rate", metavar="OPS", help="beside the closed loop an open one: so many "
                        "operations a second are due at fixed times, and latency counts from then; "
                        "several with commas, or sweep: up to the knee and beyond")
    parser.add_argument("--scale", metavar="KEY[=V,V,...]", help="measure with each of these "
                        "values of a parameter, and fit curves: size=4M,16M,64M; threads, "
                        "processes and nodes have values by default")


def repeats(text: Optional[str], otherwise: int) -> int:
    """--repeat."""
    if text is None:
        return otherwise
    return counted(text, "repeat", MOST_REPEATS)


def seconds(text: Optional[str]) -> Optional[float]:
    """--seconds of a load."""
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.001 <= value <= MOST_SECONDS:
        raise Refused(f"--seconds is a number from 0.001 to {MOST_SECONDS:g}, not {clean(text)}")
    return value


def params(words: List[str]) -> Dict[str, str]:
    """The parameters in all --param options."""
    found: Dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals or not value:
            raise Refused(f"--param is KEY=VALUE, such as size=64M, not {clean(word)}")
        found[key] = value
    return found


def rates(text: str) -> str:
    """--rate, as the parameter of the programs. Raises Refused."""
    words = [] if text == SWEEP else text.split(",")
    if len(words) > MOST_RATES or not all(
            _RATE.match(word) and LEAST_RATE <= float(word) <= MOST_RATE for word in words):
        raise Refused(f"--rate is operations a second, from {LEAST_RATE:g} to {MOST_RATE:.0f}, up "
                      f"to {MOST_RATES} such with commas, or {SWEEP}, not {clean(text)}")
    return text


def load_params(args: argparse.Namespace) -> Dict[str, str]:
    """The parameters in --param, --rate and --explain. Raises Refused."""
    found = params(args.param)
    if args.rate is not None:
        if "rate" in found:
            raise Refused("--rate and --param rate=... are the same: leave one of them out")
        found["rate"] = rates(args.rate)
    if args.explain:
        found["explain"] = "1"
    return found


def load_scale(args: argparse.Namespace, found: Dict[str, str]) -> Optional[scale.Scale]:
    """--scale, beside these parameters. Raises Refused."""
    if args.scale is None:
        return None
    asked = scale.parse(args.scale)
    if asked.key in found:
        raise Refused(f"--scale {asked.key} has values of its own: leave out --param {asked.key}")
    return asked


def request(args: argparse.Namespace) -> Request:
    """What is asked for. Raises Refused."""
    if args.resume and (args.repeat or args.seconds or args.param or args.rate or args.scale
                        or args.explain):
        raise Refused("--resume takes repeats, seconds and parameters from the run: leave them out")
    given = load_params(args)
    return replace(runs.request(args), seconds=seconds(args.seconds), params=given,
                   scale=load_scale(args, given),
                   repeat=None if args.resume else repeats(args.repeat, REPEATS), save=args.save)


def run(args: argparse.Namespace) -> int:
    """The exit status of doc/formats.md."""
    asked = request(args)
    if not asked.save:
        return runs.run(asked)[0]
    check_save(asked.results, asked.save)
    if asked.resume:
        asked = replace(asked, resume=find_run(asked.resume, asked.results))
    status, folder = runs.run(asked)
    if folder:
        save_as(folder, asked.results, asked.save or "")
    return status
