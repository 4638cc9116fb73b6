# SPDX-License-Identifier: LGPL-2.1-or-later
"""A race as a C program that needs only a C library and root: threads with a few operations each,
on fresh memory again and again."""
from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, Dict, FrozenSet, List, Optional, Sequence, Tuple

from ..reproduce.program import in_comment, with_parts
from .race import Race

Json = Dict[str, Any]
_TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "race.c.in")
_FILES = ("shmem_shared", "shmem_private", "hugetlb_shared")
_SHARED = ("shmem_shared", "hugetlb_shared")
# The operations that work on all of the memory, on whole huge pages, or on whatever part.
WHOLE = frozenset(("read", "write", "vm_readv", "vm_writev", "migrate_pages", "compact"))
HUGE = frozenset(("fork", "exec", "collapse", "move_pages"))
PARTS = frozenset((
    "populate", "msync", "read_maps", "map_again", "mremap", "mprotect", "mlock", "dontneed",
    "free", "pageout", "split", "ksm", "mbind", "truncate", "punch", "punch_fill"))
# What they do to the memory of others: contents are lost, or accesses may fault.
_LOSES = {"map_again": "private", "dontneed": "private", "free": "private", "truncate": "any",
          "punch": "shared", "punch_fill": "shared"}
_FAULTS = frozenset(("map_again", "mremap", "mprotect", "truncate"))
_ALONE = frozenset(("map_again", "mremap", "mprotect"))
_NODE = frozenset(("mbind", "move_pages", "migrate_pages"))
_THP = "/sys/kernel/mm/transparent_hugepage"
# How often a thread does its operations on the same memory, most first.
TIMES = (16, 4, 1)
# Each has 64 bytes of a base page of 4 kB, as have a child and the word that does not change.
MOST_WORKERS = 62


@dataclass(frozen=True)
class Op:
    """An operation on base pages `first` to `first + pages - 1`."""

    verb: str
    first: int
    pages: int

    def __str__(self) -> str:
        if self.verb in ("migrate_pages", "compact", "exec"):
            return self.verb
        return f"{self.verb} of pages {self.first} to {self.first + self.pages - 1}"


@dataclass(frozen=True)
class Litmus:
    """The program. `threads`: what each does, in each of the processes; `base` pages are in a huge
    page of `huge_kb`."""

    target: str
    huge_kb: int
    base: int
    pages: int
    processes: int
    pte_mapped: bool
    times: int
    threads: Tuple[Tuple[Op, ...], ...]

    @property
    def operations(self) -> int:
        """The number of operations in the program."""
        return sum(map(len, self.threads))

    @property
    def verbs(self) -> FrozenSet[str]:
        """What they are."""
        return frozenset(op.verb for thread in self.threads for op in thread)

    def lines(self) -> List[str]:
        """The threads, one line each."""
        return [f"thread {number}: " + ", ".join(map(str, thread))
                for number, thread in enumerate(self.threads, 1)]

    def __str__(self) -> str:
        return (f"{self.target}, {self.pages} x {self.huge_kb} kB, processes {self.processes}, "
                f"times {self.times}: "
                + " | ".join(", ".join(map(str, thread)) for thread in self.threads))

    def as_json(self) -> Json:
        """For --json."""
        return {"threads": len(self.threads) * self.processes, "operations": self.operations,
                "pages": self.pages, "processes": self.processes, "times": self.times,
                "lines": self.lines()}

    def without(self, kept: Sequence[Tuple[int, Op]]) -> "Litmus":
        """The program with these operations alone, each with the number of its thread."""
        threads = (tuple(op for at, op in kept if at == number)
                   for number in range(len(self.threads)))
        return replace(self, threads=tuple(filter(None, threads)))

    def numbered(self) -> List[Tuple[int, Op]]:
        """Every operation with the number of its thread."""
        return [(number, op) for number, thread in enumerate(self.threads) for op in thread]


def impossible(race: Race) -> Optional[str]:
    """Why no program can be written of a race; None when one can."""
    lacking = sorted({actor for actor in race.actors if actor not in WHOLE | HUGE | PARTS})
    if lacking:
        return f"there is no C of {', '.join(lacking)}"
    if race.whole_span:
        return "it maps all that a page table spans"
    if len(race.actors) * race.processes > MOST_WORKERS:
        return f"it has more than {MOST_WORKERS} workers"
    if race.target == "shmem_private" and race.processes > 1 and "truncate" in race.actors:
        return "truncation takes the copies of other processes"
    return None


def _ops(actor: str, base: int, pages: int, part: str, target: str) -> Tuple[Op, ...]:
    """What a thread begins with for an actor."""
    if actor in WHOLE:
        return (Op(actor, 0, base * pages),)
    whole = [Op(actor, page * base, base) for page in range(min(pages, 2))]
    if actor in HUGE or target.startswith("hugetlb") or base < 8:
        return tuple(whole)
    parts = [Op(actor, 0, base // 2), Op(actor, base // 2, base // 2),
             Op(actor, base // 8, base // 2)]
    if actor in _LOSES:
        # What is lost cannot show that it is wrong: most of a huge page stays.
        parts = [Op(actor, 0, base // 4), Op(actor, base // 2, base // 8)]
        whole = [] if part != "huge" else whole
    return tuple({"huge": whole, "part": parts}.get(part, whole + parts))


def of_race(race: Race, huge_kb: int, base_kb: int) -> Litmus:
    """The program to begin with."""
    base = huge_kb // base_kb
    return Litmus(race.target, huge_kb, base, race.pages, race.processes, race.pte_mapped,
                  TIMES[0], tuple(_ops(actor, base, race.pages, race.part, race.target)
                                  for actor in race.actors))


def _settings(litmus: Litmus, pmd_kb: int) -> List[Tuple[str, str]]:
    """The settings that it takes."""
    found = []
    if litmus.target.startswith("hugetlb"):
        forks = sum(op.verb == "fork" for thread in litmus.threads for op in thread)
        need = litmus.pages * litmus.processes * (2 + 2 * forks) + 4
        found.append((f"/sys/kernel/mm/hugepages/hugepages-{litmus.huge_kb}kB/nr_hugepages",
                      str(need)))
    elif litmus.target == "anon_mthp":
        found += [(f"{_THP}/hugepages-{pmd_kb}kB/enabled", "never"),
                  (f"{_THP}/hugepages-{litmus.huge_kb}kB/enabled", "always")]
    else:
        found.append((f"{_THP}/enabled", "madvise"))
    if litmus.target.startswith("shmem"):
        found.append((f"{_THP}/shmem_enabled", "advise"))
    if "ksm" in litmus.verbs:
        found += [("/sys/kernel/mm/ksm/pages_to_scan", "2000"),
                  ("/sys/kernel/mm/ksm/sleep_millisecs", "1"), ("/sys/kernel/mm/ksm/run", "1")]
    return found


def paths(litmus: Litmus, pmd_kb: int) -> List[str]:
    """The files of the settings that the program changes, and restores if it is not killed."""
    return [path for path, _ in _settings(litmus, pmd_kb)]


def _parts(litmus: Litmus) -> Dict[str, bool]:
    verbs = litmus.verbs
    parts = {verb: verb in verbs for verb in WHOLE | HUGE | PARTS}
    plain = frozenset(("read", "write", "vm_readv", "vm_writev", "read_maps", "fork", "exec",
                       "migrate_pages", "compact", "truncate", "punch", "punch_fill"))
    parts.update({
        "at": not verbs <= plain, "alone": bool(verbs & _ALONE), "node": bool(verbs & _NODE),
        "hole": bool(verbs & {"punch", "punch_fill"}), "file": litmus.target in _FILES,
        "advise": not litmus.target.startswith("hugetlb"),
        "private_file": litmus.target == "shmem_private",
        "filled": litmus.target != "shmem_private", "pte_mapped": litmus.pte_mapped})
    return parts


def _bodies(litmus: Litmus) -> str:
    return "\n".join(f"static void thread_{number}(int me)\n{{\n" + "".join(
        f"\tdo_{op.verb}(me, {op.first}, {op.pages});\n" for op in thread) + "}\n"
        for number, thread in enumerate(litmus.threads, 1))


def text(litmus: Litmus, head: Sequence[str], pmd_kb: int) -> str:
    """The C program; `head` are the lines of its first comment."""
    shared = litmus.target in _SHARED
    huge = "MFD_HUGETLB | (__builtin_ctzl(HUGE) << 26)"
    anonymous = huge.replace("MFD", "MAP") if litmus.target == "hugetlb_private" else "0"
    # A private mapping of a file shows the file where nothing has been written to it.
    kinds = {"any", "shared" if shared else "private",
             "shared" if litmus.target == "shmem_private" else "any"}
    loses = any(kind in kinds for verb, kind in _LOSES.items() if verb in litmus.verbs)
    with open(_TEMPLATE, encoding="ascii") as file:
        template = with_parts(file.read(), _parts(litmus))
    for mark, value in (
            ("@HUGE_KB@", str(litmus.huge_kb)),
            ("@BASE@", str((litmus.huge_kb << 10) // litmus.base)), ("@PAGES@", str(litmus.pages)),
            ("@THREADS@", str(len(litmus.threads))), ("@PROCESSES@", str(litmus.processes)),
            ("@TIMES@", str(litmus.times)), ("@SHARED@", str(int(shared))),
            ("@LOSES@", str(int(loses))), ("@ANONYMOUS@", anonymous),
            ("@MEMFD@", huge if litmus.target.startswith("hugetlb") else "0"),
            ("@FAULTS@", str(int(bool(litmus.verbs & _FAULTS)))),
            ("@BODIES@", _bodies(litmus)),
            ("@NAMES@", ", ".join(f"thread_{at + 1}" for at in range(len(litmus.threads)))),
            ("@SETTINGS@", "".join(f'\n\t{{"{path}", "{value}", ""}},'
                                   for path, value in _settings(litmus, pmd_kb)) + "\n\t"),
            # This comes last, because the text from the record may contain template marks.
            ("@HEAD@", "\n".join(f" * {in_comment(line)}".rstrip() for line in head))):
        template = template.replace(mark, value)
    return template
