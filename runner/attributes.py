# SPDX-License-Identifier: LGPL-2.1-or-later
"""The runner's attributes that programs inherit. A program that runs as root can change them from
outside, for example by prlimit(2), and later programs would fail for that: they are compared with
what they were before, and restored."""
from __future__ import annotations

import os
import resource
from dataclasses import dataclass, field
from typing import Any, Callable, Collection, Dict, List, Optional, Tuple

from . import ioprio
from .errors import why
from .observe import machine
from .text import clean

_LIMITS = {number: name for name, number in vars(resource).items()
           if name.startswith("RLIMIT_") and name != "RLIMIT_OFILE"}
# The last one is SCHED_DEADLINE.
_REAL_TIME = (os.SCHED_FIFO, os.SCHED_RR, 6)


@dataclass
class Changed:
    """The attributes that had changed, with a line for each: those that were restored, and those
    that could not be."""

    done: Dict[str, str] = field(default_factory=dict)
    failed: Dict[str, str] = field(default_factory=dict)

    def lines(self) -> List[str]:
        """All lines, as texts about something that was left behind."""
        return [*self.done.values(), *(f"not restored: {line}" for line in self.failed.values())]


@dataclass
class Attribute:
    """An attribute of this process. `get` returns the value, or None while it is not known; `set`
    sets it or raises OSError or ValueError."""

    name: str
    get: Callable[[], Any]
    set: Callable[[Any], None]
    text: Callable[[Any], str] = str


def _limit(number: int) -> Attribute:
    def text(value: Tuple[int, int]) -> str:
        return "/".join("unlimited" if one == resource.RLIM_INFINITY else str(one)
                        for one in value)

    def put(value: Tuple[int, int]) -> None:
        try:
            resource.setrlimit(number, value)
        except (OSError, ValueError):
            # Raising the hard limit needs CAP_SYS_RESOURCE.
            soft, hard = value[0], resource.getrlimit(number)[1]
            fits = hard == resource.RLIM_INFINITY or 0 <= soft <= hard
            resource.setrlimit(number, (soft if fits else hard, hard))
            raise
    return Attribute(_LIMITS.get(number, f"limit {number}"), lambda: resource.getrlimit(number),
                     put, text)


def _read(path: str) -> Optional[str]:
    """A small file of the kernel; None if it cannot be read, as where a program limited the
    runner's open files or mounted something over /proc."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


def _file(name: str, file_name: str, prefix: str = "") -> Attribute:
    path = f"/proc/self/{file_name}"

    def put(value: str) -> None:
        with open(path, "w", encoding="ascii") as file:
            file.write(prefix + value)
    return Attribute(name, lambda: _read(path), put)


def _slack() -> Attribute:
    """The timer slack, which the kernel keeps at 0 while the policy is real-time, whatever is
    written."""
    file = _file("slack", "timerslack_ns")

    def get() -> Optional[str]:
        policy = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
        return None if policy in _REAL_TIME else file.get()
    return Attribute(file.name, get, file.set)


def _set_scheduler(value: Tuple[int, int]) -> None:
    os.sched_setscheduler(0, value[0], os.sched_param(value[1]))


def _processors(value: Collection[int]) -> str:
    return f"processors {','.join(map(str, sorted(value)))}"


def _set_groups(value: str) -> None:
    """Moves this process into these cgroups, lines of /proc/PID/cgroup."""
    now = machine.read_text("/proc/self/cgroup").splitlines()
    for line in value.splitlines():
        _, names, path = line.split(":", 2)
        if line in now:
            continue
        for root, kind, options in machine.mounted():
            if kind == ("cgroup" if names else "cgroup2") and (
                    set(names.split(",")) <= {"", *options}):
                with open(f"{root}{path}/cgroup.procs", "w", encoding="ascii") as file:
                    file.write("0")
                break


# Those with a name of their own here are reset at the beginning by runner/inherited.py, as traits
# of the same names.
SCHEDULER = Attribute(
    "scheduler", lambda: (os.sched_getscheduler(0), os.sched_getparam(0).sched_priority),
    _set_scheduler, lambda value: f"policy {value[0]}, priority {value[1]}")
NICE = Attribute("nice", lambda: os.getpriority(os.PRIO_PROCESS, 0),
                 lambda value: os.setpriority(os.PRIO_PROCESS, 0, value))
IOPRIO = Attribute("ioprio", ioprio.get, ioprio.set_to)
AFFINITY = Attribute("affinity", lambda: os.sched_getaffinity(0),
                     lambda value: os.sched_setaffinity(0, value), _processors)
SLACK = _slack()
OOM = _file("oom_score_adj", "oom_score_adj")

# The limits are the first ones, because the others need files.
_EVERY_LIMIT = tuple(map(_limit, range(16)))
_OTHERS = (SLACK, OOM, _file("coredump_filter", "coredump_filter", "0x"),
           _file("make-it-fail", "make-it-fail"))
# What an administrator changes of a process that runs (renice, chrt, ionice, taskset), or a service
# manager (the cgroup): restored in the lab's guest only, where there is none. The I/O priority may
# depend on the niceness, and comes after it.
_OF_ADMINISTRATORS = (
    SCHEDULER, NICE, IOPRIO, AFFINITY,
    Attribute("cgroup", lambda: _read("/proc/self/cgroup"), _set_groups,
              lambda value: " ".join(value.split())),
)
# The attributes that are looked at, and their values.
_limits: List[Tuple[Attribute, Any]] = []
_others: List[Tuple[Attribute, Any]] = []


def remember(but: Collection[str] = ()) -> None:
    """Takes the present values as those to be restored, except for attributes named in `but`."""
    # The scheduler is restored before the slack, which depends on it.
    others = (_OF_ADMINISTRATORS if os.environ.get("HUGEPROOF_LAB") else ()) + _OTHERS
    for kept, every in ((_limits, _EVERY_LIMIT), (_others, others)):
        kept[:] = [(one, one.get()) for one in every if one.name not in but]


def accept(name: str) -> None:
    """Takes the present value of one attribute, which the runner has changed itself."""
    _others[:] = [(one, _known(one, was) if one.name == name else was) for one, was in _others]


def _known(one: Attribute, was: Any) -> Any:
    """The present value, or the earlier one while the present one is not known."""
    now = one.get()
    return was if now is None else now


def _restore(kept: List[Tuple[Attribute, Any]], changed: Changed) -> None:
    for place, (one, was) in enumerate(kept):
        now = _known(one, was)
        if was is None:
            kept[place] = one, now
        if was is None or now == was:
            continue
        line = f"{one.name} of the runner: {one.text(now)} instead of {one.text(was)}"
        try:
            one.set(was)
            reason = "" if one.get() == was else "setting it has no effect"
        except (OSError, ValueError) as error:
            reason = why(error) if isinstance(error, OSError) else str(error)
        if reason:
            # Once is enough: the next program is not to be blamed for it.
            kept[place] = one, _known(one, was)
            changed.failed[one.name] = clean(f"{line}: {reason}")
        else:
            changed.done.setdefault(one.name, clean(line))


def restore_limits(changed: Changed) -> None:
    """Restores the resource limits, without which the runner itself may fail. It is cheap, and
    needs no file."""
    _restore(_limits, changed)


def restore(changed: Changed) -> None:
    """Restores all attributes that are not as they were, and adds a line for each to `changed`."""
    _restore(_limits, changed)
    _restore(_others, changed)
