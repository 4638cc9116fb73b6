# SPDX-License-Identifier: LGPL-2.1-or-later
"""The OOM killer: it is made to prefer programs over the runner, and kills because the machine has
too little memory are recognised, so that they do not count against the kernel."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence, Set, Tuple

from .text import clean

# Values of /proc/PID/oom_score_adj for programs, which are killed first, and for the runner, which
# is never killed. The former also identifies our processes: container engines use 1000 and 999,
# other programs round numbers.
FIRST, NEVER = 993, -1000
# The share of free memory above which the machine was not short of memory.
SHORT_PART = 0.1
_BEGINS = re.compile(r"invoked oom-killer: ")
_CONSTRAINT = re.compile(r"oom-kill:constraint=(\w+)(?:.*?,oom_memcg=([^,]+))?")
_ZONE = re.compile(r"Node \d+ \w+ free:(\d+)kB .*\bmanaged:(\d+)kB")
_POOL = re.compile(r"Node \d+ hugepages_total=(\d+) .*hugepages_size=(\d+)kB")
_MEMCG = re.compile(r"memory: usage (\d+)kB, limit (\d+)kB")
_KILLED = re.compile(r"ut of memory(?: \([\w ]+\))?: Killed process (\d+) \((.*)\) total-vm:\d+kB, "
                     r"anon-rss:(\d+)kB, file-rss:(\d+)kB, shmem-rss:(\d+)kB"
                     r"(?:.* oom_score_adj:(-?\d+))?")


def _set(pid: str, value: int) -> bool:
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w", encoding="ascii") as file:
            file.write(str(value))
        return True
    except OSError:
        return False


def spare_us() -> None:
    """Exempts the runner from the OOM killer, which needs CAP_SYS_RESOURCE; without it the runner
    gets the default score."""
    if not _set("self", NEVER):
        _set("self", 0)


def take_first(pid: Optional[int] = None) -> None:
    """Makes the OOM killer prefer this process, or the given one, and its future children."""
    _set(str(pid) if pid else "self", FIRST)


@dataclass
class _Kill:
    """One report of the OOM killer: the process that it killed, and the state of the memory."""

    free: Dict[str, Tuple[int, int]] = field(default_factory=dict)
    pools_kb: int = 0
    constraint: str = "CONSTRAINT_NONE"
    memcg: str = ""
    limit: str = ""
    pid: int = 0
    name: str = ""
    resident_kb: int = 0
    first: bool = False
    of_group: bool = False
    said_at: List[int] = field(default_factory=list)

    def lack(self, ours: str) -> Optional[str]:
        """A text about the lack of memory, of the machine or of our own cgroup (`ours`: its path);
        None when the kernel killed for another reason."""
        if self.constraint == "CONSTRAINT_MEMCG":
            if self.memcg not in ("", "/") and (ours + "/").startswith(self.memcg + "/"):
                return f"the memory of our cgroup {self.memcg} is used up{self.limit}"
            return None
        if self.constraint != "CONSTRAINT_NONE":
            return None
        free, managed = (sum(zone[part] for zone in self.free.values()) for part in (0, 1))
        if free > managed * SHORT_PART:
            return None
        pools = f", {self.pools_kb >> 10} MB in pools of huge pages" if self.pools_kb else ""
        return "the machine ran out of memory" + (
            f" ({free >> 10} MB of {managed >> 10} MB free{pools})" if managed else "")


def _kills(log: Sequence[str]) -> List[_Kill]:
    kills: List[_Kill] = []
    now = _Kill()
    for number, line in enumerate(log):
        if _BEGINS.search(line):
            now = _Kill()
        zone, constraint = _ZONE.match(line), _CONSTRAINT.search(line)
        limit, killed, pool = _MEMCG.match(line), _KILLED.search(line), _POOL.match(line)
        if _BEGINS.search(line) or constraint or killed:
            now.said_at.append(number)
        if zone:
            now.free[line.partition(" free:")[0]] = (int(zone.group(1)), int(zone.group(2)))
        if pool:
            now.pools_kb += int(pool.group(1)) * int(pool.group(2))
        if constraint:
            now.constraint, now.memcg = constraint.group(1), constraint.group(2) or ""
        if limit:
            now.limit = f" ({int(limit.group(1)) >> 10} of {int(limit.group(2)) >> 10} MB)"
        if killed:
            now.pid, now.name = int(killed.group(1)), killed.group(2)
            now.resident_kb = sum(map(int, killed.group(3, 4, 5)))
            now.of_group = "Memory cgroup out of memory: " in line
            now.first = killed.group(6) == str(FIRST)
            kills.append(now)
            now = _Kill()
    return kills


def our_group() -> str:
    """The path of our memory cgroup; empty where it is the root."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8", errors="replace") as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return ""
    named = {names: path for _, names, path in lines}
    path = next((path for names, path in named.items() if "memory" in names.split(",")),
                named.get("", "/"))
    return path.rstrip("/")


def shortage(log: Sequence[str], pids: Set[int], ours: Optional[str] = None) -> Optional[str]:
    """A text for a kernel log in which one of our programs was killed for lack of memory; None
    without such a kill, or when one is not explained by lack of memory. `pids` are known to be
    ours; `ours`: our_group(). Our programs are recognised by the score of take_first() as well."""
    kills = _kills(log)
    group = our_group() if ours is None else ours
    lacks = [kill.lack(group) for kill in kills]
    mine = [(kill, lack) for kill, lack in zip(kills, lacks) if kill.first or kill.pid in pids]
    if not mine or not all(lacks):
        return None
    kill, lack = mine[0]
    more = f" and {len(kills) - 1} more" if len(kills) > 1 else ""
    return clean(f"{lack}: the kernel killed process {kill.pid} ({kill.name}) with "
                 f"{kill.resident_kb >> 10} MB resident{more}", 400)


def number_of_ours(log: Sequence[str], pids: Set[int]) -> int:
    """The number of our processes that the OOM killer killed; `pids` as in shortage()."""
    return sum(kill.first or kill.pid in pids for kill in _kills(log))


def without_others(log: Sequence[str], pids: Set[int], deaths: int = 0,
                   ours: Optional[str] = None) -> Tuple[List[str], List[str]]:
    """A kernel log without the reports of kills of other processes, for their cgroup, cpuset or
    memory policy or for lack of memory of the machine, and texts for the last kind. Kills without
    need stay in the log. `deaths`: the number of our processes that were killed by SIGKILL; while
    it is larger than the number of kills known to be ours, no kill counts as another process's.
    `pids` and `ours` as in shortage()."""
    kills = _kills(log)
    others = [kill for kill in kills if not kill.first and kill.pid not in pids]
    if not others or deaths > len(kills) - len(others):
        return list(log), []
    group = our_group() if ours is None else ours
    away: Set[int] = set()
    notes = []
    for kill in others:
        lack = None if kill.of_group and not kill.memcg else kill.lack(group)
        if lack:
            notes.append(clean(f"{lack}: the kernel killed process {kill.pid} ({kill.name}), "
                               "which is none of ours", 400))
        if lack or kill.of_group or kill.constraint != "CONSTRAINT_NONE":
            away.update(kill.said_at)
    return [line for number, line in enumerate(log) if number not in away], notes
