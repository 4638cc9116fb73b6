# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host side of a command in a guest."""
from __future__ import annotations

import shlex

from .. import invoked
from ..watch.kept import LIVES
from ..watch.outside import Record
from ..watch.run import Run, run_unrecorded
from .command import command_for
from .setup import Setup

__all__ = ["LIVES", "Record", "Run", "Setup", "again_hint", "command_for", "run_unrecorded"]


def again_hint(folder: str) -> str:
    """How to resume an interrupted run."""
    return "go on with: " + invoked.command(f"lab run --resume {shlex.quote(folder)}")
