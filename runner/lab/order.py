# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a command asks of the lab."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List

from ..request import Request

Json = Dict[str, Any]


@dataclass(frozen=True)
class Order:
    """The options of a guest (options.py), and the request of the command that runs in it. `words`
    are that command line as it was given, for run.json. The record goes into a folder below
    `results`. With `gdb` QEMU offers a socket for a debugger. `jobs` guests at a time share the
    run."""

    options: Json
    results: str = "results"
    request: Request = field(default_factory=Request)
    words: List[str] = field(default_factory=list)
    gdb: bool = False
    jobs: int = 1
