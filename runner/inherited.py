# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attributes that processes inherit: limits, priorities, flags. The runner resets them to the usual
values once, for itself and so for all programs; what cannot be reset is reported."""
from __future__ import annotations

import ctypes
import os
import resource
import signal
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, Dict, List, Optional, Set, Tuple

from . import attributes, environment
from .errors import Refused
from .observe import machine
from .text import clean

# The variable with the names of traits that the user wants to keep, separated by commas.
KEEP = "HUGEPROOF_KEEP"
_libc = ctypes.CDLL(None, use_errno=True)
_PR_GET_NO_NEW_PRIVS = 39
_PR_SET_THP_DISABLE, _PR_GET_THP_DISABLE, _PR_GET_MDWE = 41, 42, 66
_PR_SET_MEMORY_MERGE, _PR_GET_MEMORY_MERGE = 67, 68
_PR_GET_SECUREBITS, _PR_SET_SECUREBITS = 27, 28
_TIMER_SLACK_NS = "50000"
_POLICIES = {os.SCHED_BATCH: "BATCH", os.SCHED_FIFO: "FIFO", os.SCHED_IDLE: "IDLE",
             os.SCHED_RR: "RR", 6: "DEADLINE"}
_UNLIMITED = resource.RLIM_INFINITY
# The wanted soft limits: at least this, or exactly this, because an unlimited stack changes the
# layout of a program's address space.
_LIMITS = (("AS", resource.RLIMIT_AS, _UNLIMITED), ("DATA", resource.RLIMIT_DATA, _UNLIMITED),
           ("RSS", resource.RLIMIT_RSS, _UNLIMITED), ("FSIZE", resource.RLIMIT_FSIZE, _UNLIMITED),
           ("CPU", resource.RLIMIT_CPU, _UNLIMITED), ("STACK", resource.RLIMIT_STACK, 8 << 20),
           ("RTTIME", resource.RLIMIT_RTTIME, _UNLIMITED),
           ("NOFILE", resource.RLIMIT_NOFILE, 1024), ("NPROC", resource.RLIMIT_NPROC, 1024),
           ("MEMLOCK", resource.RLIMIT_MEMLOCK, 8 << 20),
           ("SIGPENDING", resource.RLIMIT_SIGPENDING, 128),
           ("MSGQUEUE", resource.RLIMIT_MSGQUEUE, 819200))
_IOPRIO_CLASSES = ("none", "real time", "best effort", "idle")
# Python itself ignores these signals; subprocess does not pass that on to programs.
_OF_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}


@dataclass
class _Trait:
    """An inherited attribute: `odd` returns a text if its value is unusual, else None; `reset`
    restores the usual value, or raises OSError or ValueError where that is not possible."""

    name: str
    odd: Callable[[], Optional[str]]
    reset: Callable[[], object] = lambda: None


def _prctl(option: int, value: int = 0) -> int:
    """The result of prctl(2); -1 where the kernel does not have the option."""
    zero = ctypes.c_ulong(0)
    return int(_libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero))


def _flag(name: str, option: int, text: str, reset: Optional[int] = None) -> _Trait:
    return _Trait(name, lambda: text if _prctl(option) > 0 else None,
                  lambda: None if reset is None else _prctl(reset))


def _status(field: str) -> str:
    for line in machine.read_text("/proc/self/status").split("\n"):
        if line.startswith(field + ":"):
            return line.partition(":")[2].strip()
    return ""


def _less(limit: int, than: int) -> bool:
    return limit != _UNLIMITED and (than == _UNLIMITED or limit < than)


def _limit(name: str, number: int, wanted: int) -> _Trait:
    def odd() -> Optional[str]:
        soft, hard = resource.getrlimit(number)
        if not (_less(soft, wanted) or (name == "STACK" and soft != wanted)):
            return None
        most = "" if hard == _UNLIMITED else f", at most {hard}"
        return f"RLIMIT_{name} {'unlimited' if soft == _UNLIMITED else soft}{most}"

    def reset() -> None:
        hard = resource.getrlimit(number)[1]
        if _less(hard, wanted):
            try:
                resource.setrlimit(number, (wanted, wanted))
                return
            except (OSError, ValueError):
                pass  # Raising it needs a privilege.
        resource.setrlimit(number, (hard if _less(hard, wanted) else wanted, hard))
    return _Trait(f"RLIMIT_{name}", odd, reset)


def _nice() -> Optional[str]:
    value = attributes.NICE.get()
    return f"nice {value}" if value else None


def _odd_ioprio() -> Optional[str]:
    value = attributes.IOPRIO.get()
    # Where there is none, the kernel may report the one that the niceness stands for.
    if value <= 0 or value == 2 << 13 | (attributes.NICE.get() + 20) // 5:
        return None
    kind = value >> 13 & 7
    return (f"input and output priority {_IOPRIO_CLASSES[kind] if kind < 4 else kind} "
            f"{value & 7}")


def _scheduler() -> Optional[str]:
    policy = attributes.SCHEDULER.get()[0] & ~os.SCHED_RESET_ON_FORK
    return None if policy == os.SCHED_OTHER else \
        f"scheduling policy SCHED_{_POLICIES.get(policy, policy)}"


def _numbers(text: str) -> Set[int]:
    """`0-2,5` -> {0, 1, 2, 5}."""
    found: Set[int] = set()
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def _online() -> Set[int]:
    return _numbers(machine.read_text("/sys/devices/system/cpu/online"))


def _init_has() -> Set[int]:
    """The processors of the first process, which the administrator may have restricted."""
    try:
        return os.sched_getaffinity(1) & _online()
    except OSError:
        return set()


def _processors() -> Set[int]:
    """The online processors, without those that are isolated from ordinary processes."""
    isolated = _numbers(machine.read_text("/sys/devices/system/cpu/isolated"))
    return (_init_has() or _online()) - isolated or _online()


def _affinity() -> Optional[str]:
    online = _online()
    mine = online & attributes.AFFINITY.get()
    return None if mine in (_processors(), _init_has()) else \
        f"{len(mine)} of {len(online)} processors (affinity)"


def _nodes() -> Optional[str]:
    there = _numbers(machine.read_text("/sys/devices/system/node/has_memory"))
    mine = there & _numbers(_status("Mems_allowed_list"))
    return f"{len(mine)} of {len(there)} memory nodes (cpuset)" if mine != there else None


def _policy() -> Optional[str]:
    try:
        get = ctypes.CDLL("libnuma.so.1", use_errno=True).get_mempolicy
    except (OSError, AttributeError):
        return None
    mode = ctypes.c_int()
    if get(ctypes.byref(mode), None, ctypes.c_ulong(0), None, 0) or not mode.value:
        return None
    names = ("default", "preferred", "bind", "interleave", "local", "preferred of several",
             "weighted interleave")
    kind = mode.value & 0xfff
    return f"memory policy {names[kind] if kind < len(names) else kind}"


def _default_policy() -> None:
    ctypes.CDLL("libnuma.so.1", use_errno=True).set_mempolicy(0, None, ctypes.c_ulong(0))


def _umask() -> Optional[str]:
    was = os.umask(0o022)
    os.umask(was)
    return None if was == 0o022 else f"umask {was:03o}"


def _blocked() -> Optional[str]:
    names = [_signal(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())]
    return f"blocked signals: {' '.join(sorted(names))}" if names else None


def _slack() -> Optional[str]:
    value = attributes.SLACK.get()
    return None if value in (None, _TIMER_SLACK_NS) else f"timer slack {value} ns"


def _personality(value: int) -> int:
    return int(_libc.personality(ctypes.c_ulong(value)))


def _odd_personality() -> Optional[str]:
    value = _personality(0xffffffff)
    return f"personality 0x{value & 0xffffffff:x}" if value not in (0, -1) else None


def _oom() -> Optional[str]:
    value = attributes.OOM.get()
    return None if value in (None, "0") else f"oom_score_adj {value}"


def _securebits() -> Optional[str]:
    value = _prctl(_PR_GET_SECUREBITS)
    return f"securebits 0x{value:x}" if value > 0 else None


def _tracer() -> Optional[str]:
    pid = _status("TracerPid")
    return f"traced by process {pid}" if pid not in ("", "0") else None


_TRAITS = (
    *(_limit(*limit) for limit in _LIMITS),
    _Trait("scheduler", _scheduler,
           lambda: attributes.SCHEDULER.set((os.SCHED_OTHER, 0))),
    _Trait("nice", _nice, lambda: attributes.NICE.set(0)),
    _Trait("ioprio", _odd_ioprio, lambda: attributes.IOPRIO.set(0)),
    _Trait("affinity", _affinity, lambda: attributes.AFFINITY.set(_processors())),
    _Trait("nodes", _nodes),
    _Trait("policy", _policy, _default_policy),
    _flag("thp", _PR_GET_THP_DISABLE, "transparent huge pages disabled (PR_SET_THP_DISABLE)",
          _PR_SET_THP_DISABLE),
    _flag("ksm", _PR_GET_MEMORY_MERGE, "memory merged by KSM (PR_SET_MEMORY_MERGE)",
          _PR_SET_MEMORY_MERGE),
    _flag("mdwe", _PR_GET_MDWE, "no memory both writable and executable (PR_SET_MDWE)"),
    _Trait("umask", _umask, lambda: os.umask(0o022)),
    _Trait("blocked", _blocked, lambda: signal.pthread_sigmask(signal.SIG_SETMASK, ())),
    _Trait("slack", _slack, lambda: attributes.SLACK.set(_TIMER_SLACK_NS)),
    _Trait("personality", _odd_personality, lambda: _personality(0)),
    _Trait("oom_score_adj", _oom, lambda: attributes.OOM.set("0")),
    # With these bits a process that is not root any more would keep root's capabilities.
    _Trait("securebits", _securebits, lambda: _prctl(_PR_SET_SECUREBITS)),
    _flag("no_new_privs", _PR_GET_NO_NEW_PRIVS, "no_new_privs"),
    _Trait("seccomp", lambda: "a seccomp filter" if _status("Seccomp") == "2" else None),
    _Trait("tracer", _tracer),
)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@lru_cache(maxsize=None)
def ignored() -> Tuple[int, ...]:
    """The signals that the runner inherited as ignored, and that programs do not ignore."""
    return tuple(number for number in signal.valid_signals()
                 if signal.getsignal(number) == signal.SIG_IGN)


def settle() -> Dict[str, List[str]]:
    """Resets all traits. Returns a text for each one that was unusual: under `reset`, or under
    `stays` where it still is. Raises Refused for an unknown name in $HUGEPROOF_KEEP."""
    kept = [name for name in os.environ.get(KEEP, "").split(",") if name]
    for name in kept:
        if name not in (trait.name for trait in _TRAITS):
            raise Refused(f"{KEEP} names {clean(name)}, which is none of "
                          f"{' '.join(trait.name for trait in _TRAITS)}")
    names = [_signal(number) for number in ignored() if number not in _OF_PYTHON]
    reset = [f"ignored signals: {' '.join(names)}"] if names else []
    reset += [f"environment variable {name}" for name in environment.withheld()]
    stays = environment.passed()
    for trait in _TRAITS:
        odd = trait.odd()
        if not odd:
            continue
        if trait.name in kept:
            stays.append(f"{odd}, kept on request")
            continue
        try:
            trait.reset()
        except (OSError, ValueError):
            pass
        still = trait.odd()
        (stays if still else reset).append(still or odd)
    attributes.remember(kept)
    return {"reset": [clean(text) for text in reset], "stays": [clean(text) for text in stays]}
