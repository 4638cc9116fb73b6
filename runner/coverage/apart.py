# SPDX-License-Identifier: LGPL-2.1-or-later
"""Functions that no test on this machine can reach, each with the reason why."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, List

from ..errors import Refused, why
from ..schema import checker
from ..text import clean
from .counts import Counts

# Source file -> function -> the reason why it is not reached.
Apart = Dict[str, Dict[str, str]]


def default_path() -> str:
    """doc/kernel-coverage-apart.json of this project."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return os.path.join(top, "doc", "kernel-coverage-apart.json")


def load(path: str) -> Apart:
    """The list. Raises Refused."""
    try:
        with open(path, encoding="utf-8") as file:
            value: Any = json.load(file)
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else "not JSON"
        raise Refused(f"cannot read {clean(path)}: {reason}") from None
    wrong = checker("coverage-apart")(value)
    if wrong:
        raise Refused(f"{clean(path)} {wrong}")
    found: Apart = {}
    for entry in value["entries"]:
        for name in entry["functions"]:
            found.setdefault(entry["file"], {})[name] = entry["reason"]
    return found


def wrong(files: Dict[str, Counts], apart: Apart) -> List[str]:
    """The errors in the list: functions that were reached, or that do not exist."""
    found = []
    for path, functions in sorted(apart.items()):
        known = files.get(path, Counts()).functions
        for name in sorted(functions):
            if path in files and name not in known:
                found.append(f"{path}: {name} is listed as out of reach and is not there")
            elif path in files and known[name].count:
                found.append(f"{path}: {name} is listed as out of reach and was reached")
    return found
