# SPDX-License-Identifier: LGPL-2.1-or-later
"""restore: restores settings that a killed run left changed."""
from __future__ import annotations

import argparse
import json
import os
from typing import Any

from ..errors import Refused
from ..run import Signals
from ..settings.lock import Lock
from ..settings.recovery import recover


def add_parser(subparsers: Any) -> None:
    """The command's option."""
    parser = subparsers.add_parser(
        "restore", help="take back what a cut run left changed", allow_abbrev=False,
        description="Takes back what runs and programs that were killed left changed. Needs root.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Returns 1 when something could not be restored."""
    if os.geteuid() != 0:
        raise Refused("restore changes settings of the machine and needs root: run it with sudo")
    signals, lock = Signals(), Lock()
    try:
        lock.acquire()
        undone = recover(signals)
    finally:
        lock.release()
        signals.close()
    if args.json:
        print(json.dumps({"format": 1, "restored": undone.done, "notes": undone.notes,
                          "failed": undone.failed}, indent=1))
        return 1 if undone.failed else 0
    for line in undone.done:
        print(f"restored: {line}")
    for line in undone.notes:
        print(line)
    for line in undone.failed:
        print(f"cannot restore: {line}")
    if not undone.done and not undone.notes and not undone.failed:
        print("nothing to restore")
    return 1 if undone.failed else 0
