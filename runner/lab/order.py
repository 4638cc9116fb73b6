# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is asked of the lab."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List

from ..request import Request

Json = Dict[str, Any]


@dataclass(frozen=True)
class Order:
    """A guest, by its options (options.py), and what runs in it; `words` are that command as it
    was given, which run.json keeps. Its record goes below `results`. With `gdb` a debugger is
    let in. `jobs` guests at a time share it."""

    options: Json
    results: str = "results"
    request: Request = field(default_factory=Request)
    words: List[str] = field(default_factory=list)
    gdb: bool = False
    jobs: int = 1
