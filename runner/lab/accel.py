# SPDX-License-Identifier: LGPL-2.1-or-later
"""The accelerator with which this machine runs guests (KVM where it works, else TCG), and how fast
its guests are."""
from __future__ import annotations

import json
import re
import resource
import time
from dataclasses import dataclass
from typing import Any, Dict, Optional

from ..endings import check, run_tool
from ..errors import Refused
from ..record import write_whole
from . import cache, user
from .arch import Arch
from .boot import Boot
from .guest import Guest
from .image import Kernel
from .initramfs import busybox
from .launch import Launch

# The time for a guest that only runs the loop, in seconds: it boots quickly or not at all.
BOOT_SECONDS = {"kvm": 20.0, "tcg": 120.0}
# The largest factor for time limits, however slow the guest was when it was measured.
MOST_SCALE = 40.0
# How many times slower a guest is, at most, when it counts instructions.
COUNTING_SLOWDOWN = 10
# The interval at which the guest is looked at while it is measured.
LOOK_SECONDS = 0.01
# A shell's arithmetic, branches and memory accesses: about 0.1 s on a present-day machine.
LOOP = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done\n"


@dataclass(frozen=True)
class Accel:
    """An accelerator, and how many times slower than the host its guests are."""

    name: str
    slowdown: float

    @property
    def time_scale(self) -> float:
        """The factor for time limits: at least 1, and bounded."""
        return round(min(max(1.0, self.slowdown), MOST_SCALE), 1)


def _boot_id() -> str:
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def _known(path: str) -> Dict[str, Any]:
    """What was stored since this machine booted."""
    try:
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
        if isinstance(known, dict) and known.get("boot_id") == _boot_id():
            return known
    except (OSError, ValueError):
        pass
    return {"boot_id": _boot_id(), "slowdown": {}, "wrong": {}}


def _host_s() -> float:
    """The processor time of the loop on the host, in seconds: the least of three."""
    best = float("inf")
    for _ in range(3):
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        if run_tool([busybox(), "sh", "-c", LOOP], "busybox", cache.TOOL_SECONDS).returncode:
            raise Refused("busybox cannot count: its shell fails")
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime)
    return max(best, 0.001)


def measure(name: str, kernel: Kernel) -> float:
    """The slowdown of an accelerator's guests, measured in a short boot. Processor times are
    compared, so that other load on the machine does not count as slowness of the guest. Raises
    Refused with the error."""
    guest = Guest(kernel, cpus=1, memory_mb=512)
    boot = Boot(Launch(guest, name, "9p", user.unused()), {"loop": LOOP})
    try:
        deadline = time.monotonic() + BOOT_SECONDS[name]
        began: Optional[float] = None
        took: Optional[float] = None
        while not boot.wait(LOOK_SECONDS):
            check()
            if began is None and boot.event("loop") is not None:
                began = boot.processor_s()
            if took is None and began is not None and boot.event("speed") is not None:
                took = boot.processor_s() - began
            stopped = boot.stopped()
            if stopped:
                raise Refused(stopped)
            if time.monotonic() > deadline:
                raise Refused(f"a short guest was not done after {BOOT_SECONDS[name]:g} s")
        text = boot.event("speed")
        if text is None or not re.match(r"[0-9]{1,9}\Z", text):
            raise Refused(boot.how_it_left())
        if took is None:
            took = int(text) / 1000
        return max(took, 0.001) / _host_s()
    finally:
        boot.close()


def _key(name: str, arch: Arch) -> str:
    """By which word it is known how fast an accelerator is for guests of that kind."""
    return name if arch.native else f"{name} {arch.name}"


def remembered(arch: Arch) -> Optional[str]:
    """The accelerator that was found to work since this machine booted."""
    known = _known(cache.folder("accel.json"))
    return next((name for name in ("kvm", "tcg") if _key(name, arch) in known["slowdown"]), None)


def choose(asked: Optional[str], kernel: Kernel, note: Any = lambda text: None) -> Accel:
    """KVM if it runs a guest, else TCG; or the one that was asked for. The result is stored until
    the machine boots again. Raises Refused."""
    path = cache.folder("accel.json")
    with cache.locked(path):
        known = _known(path)
        names = [asked] if asked else kernel.arch.accelerators()
        reason = ""
        for name in names:
            key = _key(name, kernel.arch)
            if key in known["wrong"] and not asked:
                continue
            if key not in known["slowdown"]:
                try:
                    known["slowdown"][key] = round(measure(name, kernel), 2)
                    known["wrong"].pop(key, None)
                except Refused as refused:
                    known["wrong"][key] = reason = str(refused)
                    if name == "kvm" and not asked:
                        note(f"KVM is there and does not work ({reason}): taking TCG until this "
                             "machine boots again (--accel kvm tries anew)")
                write_whole(path, json.dumps(known) + "\n")
            if key in known["slowdown"]:
                return Accel(name, known["slowdown"][key])
        raise Refused(f"no guest can be run with {' or '.join(names)}: "
                      f"{reason or known['wrong'].get(_key(names[-1], kernel.arch), '')}")
