# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the command line of `remote` asks for."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from ..request import Request

Json = Dict[str, Any]
# Where the folder is made there: not in /tmp, which may be small, and may be in memory.
FOLDER = "/var/tmp"
WAIT_SECONDS = 900.0


@dataclass(frozen=True)
class Reach:
    """How a machine is reached and brought back. `installed`: with the hugeproof that is there;
    `sudo`: by sudo, without a password; `folder`: where the private folder is made; `options`: of
    ssh_config; `console` and `reset`: commands; `stall_s`: after how long without a sign of life
    it has hung; `wait_s`: for how long it is waited for."""

    installed: bool = False
    sudo: bool = False
    folder: str = FOLDER
    options: List[str] = field(default_factory=list)
    console: Optional[str] = None
    reset: Optional[str] = None
    stall_s: float = 60.0
    wait_s: float = WAIT_SECONDS

    def as_json(self) -> Json:
        """For run.json: what a resumed run takes from there. Commands and options of ssh, which can
        be commands, are not among it: those of a record that somebody else made must not be
        executed."""
        return {"installed": self.installed, "sudo": self.sudo, "folder": self.folder}


@dataclass(frozen=True)
class Wanted:
    """What one machine runs: a request, of which `words` are the command line. With a `folder` the
    run that is recorded there goes on."""

    host: str
    reach: Reach
    request: Request
    words: List[str]
    folder: str = ""


@dataclass(frozen=True)
class Order:
    """A run that one or several machines share. `request` is that of the whole; `command` is the
    command line, for run.json; the record goes into folders below `results`."""

    wanted: List[Wanted]
    request: Request
    command: str = ""
    results: str = "results"
