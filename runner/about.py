# SPDX-License-Identifier: LGPL-2.1-or-later
"""What run.json says of a run and of the machine it was made on."""
from __future__ import annotations

import json
import os
import platform
import shlex
import struct
import time
from typing import Optional

from . import __version__, kernels
from .observe import counters, machine
from .job import Job, Json
from .reading import FORMAT
from .text import clean


_THP = "/sys/kernel/mm/transparent_hugepage"
_THP_SETTINGS = ("enabled", "defrag", "shmem_enabled")
_NT_GNU_BUILD_ID = 3


def describe_kernel() -> Json:
    """The kernel that runs."""
    uname = platform.uname()
    return {"release": uname.release, "version": uname.version,
            "build_id": build_id(machine.read("/sys/kernel/notes")),
            "upstream": kernels.written(kernels.running().version),
            "machine": uname.machine, "taint": machine.taint(),
            "command_line": machine.read_text("/proc/cmdline")}


def describe_machine() -> Json:
    """The part of run.json that is about the machine."""
    return {"kernel": describe_kernel(),
            "nodes": len(counters.node_names()) or 1, "memory_kb": _memory_kb(),
            "processors": len(os.sched_getaffinity(0)), "processor": _processor(),
            "thp": {name: machine.read_text(f"{_THP}/{name}") for name in _THP_SETTINGS},
            "hugeproof": __version__}


def build_id(notes: bytes) -> Optional[str]:
    """The build id of the kernel image from its ELF notes, in hexadecimal; None where they have
    none."""
    at = 0
    while at + 12 <= len(notes):
        name_size, size, kind = struct.unpack_from("=III", notes, at)
        name = notes[at + 12:at + 12 + name_size]
        begin = at + 12 + (name_size + 3) // 4 * 4
        if name == b"GNU\0" and kind == _NT_GNU_BUILD_ID:
            return notes[begin:begin + size].hex() or None
        at = begin + (size + 3) // 4 * 4
    return None


def another_build(recorded: Json) -> Optional[str]:
    """A text about how the kernel of a recorded run differs from the running one; None where both
    are the same build. Fields that an older record lacks are not compared."""
    here = describe_kernel()
    for key, what in (("release", ""), ("version", "build "), ("build_id", "build id ")):
        was, now = recorded.get(key), here[key]
        if was != now and (key == "release" or key in recorded):
            of = f" of {here['release']}" if what else ""
            return (f"was made on kernel {what}{clean(str(was or 'none'))}{of}, "
                    f"this is {what}{clean(now or 'none')}")
    return None


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
    """The local time with the offset of its zone."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def new_run(name: str, job: Job) -> Json:
    """The content of run.json when the run of that name begins."""
    lab, asked = json.loads(os.environ.get("HUGEPROOF_LAB") or "null"), job.request
    return {"format": FORMAT, "run": name, "lab": lab,
            "command": " ".join(shlex.quote(word) for word in job.argv),
            "started": now(), "ended": None, **describe_machine(),
            # A guest has no name of its own.
            "host": isinstance(lab, dict) and lab.get("host") or platform.node(),
            "page_sizes": list(dict.fromkeys(p.size for p in job.plan if p.size)),
            "kind": asked.kind, "seconds": asked.seconds, "seed": job.seed,
            "budget": asked.budget,
            "failed_last": job.budget.failed_last(job.plan) if job.budget else [],
            "repeat": asked.repeat or 1, "params": asked.params,
            "scale": asked.scale.as_json() if asked.scale else None,
            "time_scale": job.time_scale,
            "allow_poison": asked.allow_poison, "allow_damage": asked.allow_damage,
            "known_issues": [issue.as_json() for issue in job.issues],
            "skips": [skip.as_json() for skip in job.skips],
            "inherited": job.inherited,
            "plan": [planned.name for planned in job.plan],
            "cases": {p.name: p.asked for p in job.plan
                      if len(p.asked) < len(p.program.cases)},
            "settings": [], "between": [], "hindered": [], "summary": None}
