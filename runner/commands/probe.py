# SPDX-License-Identifier: LGPL-2.1-or-later
"""probe: shows which of the features that tests need this machine has."""
from __future__ import annotations

import argparse
import json
from typing import Any, Dict

from ..observe.features import probe
from ..request import Request
from ..settings import journal, lock


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser("probe", help="show what this machine has",
                                   allow_abbrev=False,
                                   description="Shows the kernel, pools, nodes and features. "
                                   "Changes nothing, needs no root.")
    parser.add_argument("--json", action="store_true", help="as JSON")


def request(args: argparse.Namespace) -> Request:
    """What is asked for."""
    return Request(args.command)


def run(args: argparse.Namespace) -> int:
    """Always 0."""
    found = probe()
    found.update(_runs(found["root"]))
    if args.json:
        print(json.dumps({"format": 1, **found}, indent=1))
        return 0
    for topic, value in found.items():
        if isinstance(value, dict):
            print(f"{topic}:")
            for key, item in value.items():
                print(f"    {key}: {_text(item)}")
        else:
            print(f"{topic}: {_text(value)}")
    return 0


def _runs(root: bool) -> Dict[str, Any]:
    """Journals and the active run, which only root can read."""
    if not root:
        return {"stale journals": None, "active run": None}
    holder = lock.holder()
    return {"stale journals": [j.path for j in journal.load_all() if j.trouble or j.stale],
            "active run": f"pid {holder}" if holder is not None else "none"}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)
