# SPDX-License-Identifier: LGPL-2.1-or-later
"""remote: runs func, stress or perf on machines that ssh reaches."""
from __future__ import annotations

import argparse
import os
import secrets
import shlex
import sys
from dataclasses import replace
from typing import Any, List, Optional, Sequence, Tuple

from .. import commandline, invoked
from ..commands.common import default_scale, scale, seconds_of
from ..errors import Refused
from ..reading import load_run
from ..record import find_run
from ..request import Request
from ..text import clean
from ..watch.follow import STALL_SECONDS
from . import start
from .asked import FOLDER, WAIT_SECONDS, Order, Reach, Wanted
from .ssh import host_of

# The commands that are recorded, that are not, and that several machines can share.
RECORDED, PRINTED, SHARED = ("func", "stress", "perf"), start.PRINTED, ("func", "stress")
MOST_HOSTS = 64
MOST_SECONDS = 86400.0


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "remote", help="run on other machines, by ssh", allow_abbrev=False,
        usage="%(prog)s HOST [HOST ...] [OPTIONS] -- func|stress|perf|list|probe ...",
        description="Runs the suite on machines that ssh reaches, and keeps the record here: a "
        "panic, a hang and a lost link are verdicts. Several machines share the run. See "
        "doc/remote.md.")
    add = parser.add_argument
    add("hosts", nargs="*", metavar="HOST", help="as ssh takes it: a name, an address, USER@HOST")
    group = parser.add_argument_group("how a machine is reached")
    group.add_argument("--ssh-option", metavar="OPTION", action="append", default=[],
                       help="as ssh -o takes it, such as Port=2222 (may repeat)")
    group.add_argument("--sudo", action="store_true", help="by sudo, which must ask for nothing")
    group.add_argument("--installed", action="store_true", help="with the hugeproof that is "
                       "installed there (default: this one and its programs are copied there)")
    group.add_argument("--folder", metavar="DIR", help="where a private folder is made there "
                       f"(default {FOLDER})")
    group = parser.add_argument_group("how it is watched, and brought back")
    group.add_argument("--console", metavar="COMMAND", help="prints its console, from which a "
                       "panic is read: a client of conserver, ipmitool sol, cat of a serial line; "
                       "$HUGEPROOF_HOST is the host")
    group.add_argument("--reset", metavar="COMMAND", help="resets or powers it off and on, so "
                       "that the run can go on; $HUGEPROOF_HOST is the host")
    group.add_argument("--stall", metavar="S", help="without a sign of life for S seconds beyond "
                       "the running program's limit it has hung (default 60)")
    group.add_argument("--wait", metavar="S", help="how long it may take to come back (default "
                       f"{WAIT_SECONDS:g})")
    group = parser.add_argument_group("record")
    group.add_argument("--results", default=invoked.results(), metavar="DIR",
                       help=f"parent folder of runs (default: {invoked.shown_results()})")
    group.add_argument("--resume", metavar="RUN", action="append", default=[],
                       help="go on with a run that was cut, on its machine (may repeat)")
    _split(parser)


def _split(parser: argparse.ArgumentParser) -> None:
    """Makes the parser leave alone what follows `--`, which may come after options: argparse takes
    all positional arguments from one place."""
    whole = parser.parse_known_args

    def parse(args: Sequence[str], namespace: Any = None) -> Tuple[argparse.Namespace, List[str]]:
        words = list(args)
        at = words.index("--") if "--" in words else len(words)
        found, unknown = whole(words[:at], namespace)
        found.words = words[at + 1:]
        return found, unknown
    parser.parse_known_args = parse  # type: ignore[assignment,method-assign]


def _seconds(text: Optional[str], name: str, default: float) -> float:
    return default if text is None else seconds_of(text, name, MOST_SECONDS)


def _folder(text: str) -> str:
    if not text.startswith("/") or text != shlex.quote(text) or text != os.path.normpath(text):
        raise Refused(f"--folder is an absolute path without blanks, not {clean(text)}")
    return text


def _reach(args: argparse.Namespace) -> Reach:
    return Reach(args.installed, args.sudo, _folder(args.folder or FOLDER), args.ssh_option,
                 args.console, args.reset, _seconds(args.stall, "stall", STALL_SECONDS),
                 _seconds(args.wait, "wait", WAIT_SECONDS))


def _understood(words: List[str], several: bool) -> Request:
    """The request of the command. Raises Refused where that is possible without a machine."""
    asked = commandline.request(words)
    for name, given, where in (("resume", asked.resume, "remote --resume RUN"),
                               ("into", asked.into, "nothing")):
        if given:
            raise Refused(f"--{name} is not for the command of the machine: use {where}")
    if asked.results != invoked.results():
        raise Refused("--results is not for the command of the machine: use remote --results "
                      f"{clean(asked.results)}")
    if asked.command in RECORDED and asked.time_scale is None:
        asked = replace(asked, time_scale=default_scale())
    if several and asked.command not in SHARED:
        raise Refused(f"several machines share {' and '.join(SHARED)}, not {asked.command}")
    if several and asked.selection.shard:
        raise Refused("--shard is what divides the run among several machines: leave it out")
    if several and asked.plan_only:
        raise Refused("--plan is of one machine")
    return asked


def run(args: argparse.Namespace) -> int:
    """The exit status of doc/formats.md."""
    hosts, words = args.hosts, args.words
    if args.resume:
        given = [name for name, value in (("installed", args.installed), ("sudo", args.sudo),
                                          ("folder", args.folder)) if value]
        if hosts or words or given:
            raise Refused("--resume takes machine and command from the run: leave out "
                          + (f"--{given[0]}" if given else "them"))
        args.recorded = True
        wanted = [_again(find_run(name, args.results), args) for name in args.resume]
        return start.run(Order(wanted, replace(wanted[0].request, save=None, skip_files=()),
                               _command(), args.results))
    if not hosts:
        raise Refused("no machine: " + invoked.command("remote HOST -- func"))
    if not words or words[0] not in (*RECORDED, *PRINTED):
        raise Refused(f"a machine runs {', '.join((*RECORDED, *PRINTED))}"
                      + (f", not {clean(words[0])}" if words else
                         ": " + invoked.command(f"remote {clean(hosts[0])} -- func")))
    if len(hosts) > MOST_HOSTS:
        raise Refused(f"{len(hosts)} machines are more than {MOST_HOSTS}")
    if len(set(hosts)) < len(hosts):
        raise Refused("the same machine twice")
    reach, asked = _reach(args), _understood(words, len(hosts) > 1)
    if len(hosts) > 1 and asked.seed is None:
        asked = replace(asked, seed=1 + secrets.randbelow(1 << 32))
    args.recorded = words[0] in RECORDED and not asked.plan_only
    return start.run(Order([_wanted(host_of(host), reach, asked, words, (number, len(hosts)))
                            for number, host in enumerate(hosts, 1)],
                           asked, _command(), args.results))


def _command() -> str:
    return " ".join(map(shlex.quote, sys.argv))


def _wanted(host: str, reach: Reach, asked: Request, words: List[str],
            shard: Tuple[int, int]) -> Wanted:
    """What one of several hosts runs."""
    if shard[1] == 1:
        return Wanted(host, reach, asked, words)
    return Wanted(host, reach, replace(asked, selection=replace(asked.selection, shard=shard)),
                  [*words, "--shard", "/".join(map(str, shard))])


def _again(folder: str, args: argparse.Namespace) -> Wanted:
    """What is left of a run. Raises Refused for one that was not made on another machine."""
    run_ = load_run(folder)
    was = run_.get("remote")
    if run_.get("merged"):
        raise Refused(f"{clean(folder)} is made of several runs: resume those of them that were "
                      "cut")
    if not was:
        raise Refused(f"{clean(folder)} was not made by remote: resume it with " + invoked.command(
            f"{'lab run' if run_.get('lab') else 'func'} --resume"))
    reach = replace(_reach(args), installed=was.get("installed", False),
                    sudo=was.get("sudo", False), folder=_folder(was.get("folder", FOLDER)))
    words = list(was["words"])
    # Its time is over; the rest takes as long as it takes.
    asked = replace(_understood(words, False), budget=None,
                    time_scale=scale(str(run_.get("time_scale", 1))))
    return Wanted(host_of(was["host"]), reach, asked, words, os.path.abspath(folder))
