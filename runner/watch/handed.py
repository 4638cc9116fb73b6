# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the host hands on to the runner in a guest, in the folder of the run: a guest does not see
every file of the host."""
from __future__ import annotations

import glob
import os
import re
from dataclasses import replace
from typing import List

from .. import past, past_overlap, skip_list
from ..errors import Refused, why
from ..record import write_whole
from ..request import Request
from ..text import clean

_SKIPS = "skip-file-"


def names(folder: str) -> List[str]:
    """The files in the folder of a run that a guest gets, if they are there."""
    copies = glob.glob(os.path.join(glob.escape(folder), _SKIPS + "*"))
    return ["run.json", "results.jsonl", past.FILE, past_overlap.FILE,
            *sorted(os.path.basename(copy) for copy in copies)]


def hand_on(asked: Request, folder: str, again: bool) -> Request:
    """Puts into the folder what the request needs of the host; returns the request for the guest.
    A run that is continued has its skips in the record. Raises Refused."""
    if asked.budget is not None:
        past.hand_on(past.last(None, os.path.dirname(folder)), folder)
        if asked.kind == "race":
            past_overlap.hand_on(past_overlap.earlier(os.path.dirname(folder)), folder)
    return asked if again else replace(asked, skip_files=tuple(
        _copied(path, folder, number) for number, path in enumerate(asked.skip_files, 1)))


def _copied(path: str, folder: str, number: int) -> str:
    """Copies a skip file, which must be right; returns the path of the copy."""
    skip_list.read(path)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", os.path.basename(path))[-100:]
    copy = os.path.join(folder, f"{_SKIPS}{number}-{name}")
    try:
        with open(path, encoding="utf-8") as file:
            write_whole(copy, file.read(skip_list.MAX_FILE))
    except OSError as error:
        raise Refused(f"cannot copy {clean(path)}: {why(error)}") from None
    return copy
