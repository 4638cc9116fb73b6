# SPDX-License-Identifier: LGPL-2.1-or-later
"""What run.json says of a run and of the machine it was made on."""
from __future__ import annotations

import json
import os
import platform
import shlex
import time
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence

from . import __version__, kernels
from .observe import counters, machine
from .plan import Planned
from .record import FORMAT, Folder, Json


_THP = "/sys/kernel/mm/transparent_hugepage"
_THP_SETTINGS = ("enabled", "defrag", "shmem_enabled")


@dataclass
class Options:
    """What a run was asked for; kept in run.json so that it can be resumed."""

    kind: str = "func"
    seed: int = 1
    seconds: Optional[float] = None
    repeat: int = 1
    params: Dict[str, str] = field(default_factory=dict)
    time_scale: float = 1.0
    allow_poison: bool = False
    verbose: bool = False
    new_boot: bool = False
    command: List[str] = field(default_factory=list)
    known_issues: List[Json] = field(default_factory=list)


def describe_machine() -> Json:
    """The part of run.json that is about the machine."""
    uname = platform.uname()
    return {"kernel": {"release": uname.release, "version": uname.version,
                       "upstream": kernels.written(kernels.running().version),
                       "machine": uname.machine, "taint": machine.taint(),
                       "command_line": machine.read_text("/proc/cmdline")},
            "nodes": len(counters.node_names()) or 1, "memory_kb": _memory_kb(),
            "processors": len(os.sched_getaffinity(0)), "processor": _processor(),
            "thp": {name: machine.read_text(f"{_THP}/{name}") for name in _THP_SETTINGS},
            "hugeproof": __version__}


def _processor() -> str:
    """The processor's name; empty where /proc/cpuinfo has none."""
    for line in machine.read("/proc/cpuinfo").decode("utf-8", "replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return ""


def _memory_kb() -> int:
    for line in machine.read("/proc/meminfo").splitlines():
        if line.startswith(b"MemTotal:"):
            return int(line.split()[1])
    return 0


def now() -> str:
    """The time, with the zone's offset."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def new_run(folder: Folder, plan: Sequence[Planned], options: Options) -> Json:
    """The content of run.json at the beginning of a run."""
    lab = os.environ.get("HUGEPROOF_LAB")
    return {"format": FORMAT, "run": folder.name, "lab": json.loads(lab) if lab else None,
            "command": " ".join(shlex.quote(word) for word in options.command),
            "started": now(), "ended": None, **describe_machine(),
            "page_sizes": list(dict.fromkeys(p.size for p in plan if p.size)),
            "kind": options.kind, "seconds": options.seconds, "seed": options.seed,
            "repeat": options.repeat, "params": options.params,
            "time_scale": options.time_scale,
            "allow_poison": options.allow_poison,
            "known_issues": options.known_issues,
            "plan": [planned.name for planned in plan],
            "cases": {p.name: p.cases for p in plan if not p.all_cases},
            "settings": [], "between": [], "hindered": [], "summary": None}
