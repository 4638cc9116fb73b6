# SPDX-License-Identifier: LGPL-2.1-or-later
"""Folders of commands that make several runs: `mutants-TIME`, `compare-TIME`, `matrix-TIME`. They
are beside the folders of single runs."""
from __future__ import annotations

import os
import time

from .errors import Refused, why
from .salvage import refuse_of_others
from .text import clean

_MOST = 1000


def new_folder(parent: str, kind: str) -> str:
    """Makes one below `parent` and returns its absolute path. Raises Refused."""
    stamp = time.strftime(f"{kind}-%Y%m%d-%H%M%S")
    try:
        os.makedirs(parent, exist_ok=True)
        for number in range(1, _MOST):
            path = os.path.join(parent, stamp if number == 1 else f"{stamp}-{number}")
            try:
                os.mkdir(path, 0o755)
                return os.path.abspath(path)
            except FileExistsError:
                continue
    except OSError as error:
        raise Refused(f"cannot write results to {clean(parent)}: {why(error)}") from None
    raise Refused(f"cannot write results to {clean(parent)}: too many of one second")


def find(name: str, parent: str, kind: str, file: str) -> str:
    """The absolute path of such a folder, to be resumed, given by path or name, or as `latest` for
    the last one below `parent`. It must contain `file`, which has the request. Raises Refused."""
    if name == "latest":
        there = sorted(entry for entry in (os.listdir(parent) if os.path.isdir(parent) else [])
                       if entry.startswith(f"{kind}-"))
        name = there[-1] if there else name
    for path in (name, os.path.join(parent, name)):
        if os.path.isfile(os.path.join(path, file)):
            refuse_of_others(path)
            return os.path.abspath(path)
    raise Refused(f"no {kind} {clean(name)}: neither there nor in {clean(parent)} is a folder "
                  f"with {file}")
