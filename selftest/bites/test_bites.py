#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every case with fault-injection shims (wrong_*.c): would the suite notice a faulty kernel?

Each fault must be noticed by the programs named for it, and each case of each program must notice
at least one fault, or be named by a mutant (mutants/), which `run_tests.py mutants` shows. Old
cases that were never seen failing are listed in unseen.txt. `--table` prints which case noticed
which fault, for noticed.txt, from which `make doc` makes doc/seen-failing.md.

Examples of what it found. leaks-reservation takes one page too many with each mapping; if the
pool has just what the program needs, the mapping itself then fails. private_cow.no_copy_alone
once emptied the pool before it checked whether a copy was made, and noticed nothing: if no page
is free, the owner takes the child's, and Free is the same. thp/advice.small_mapping touched
nothing at first: it touched all whole huge pages of a mapping that contains none; no shim and no
mutant made it fail, and so the fault of the test was found.
"""
from __future__ import annotations

import glob
import json
import os
import subprocess
import sys
import unittest
from fnmatch import fnmatchcase
from functools import lru_cache
from io import StringIO
from typing import Any, Dict, FrozenSet, List, Optional, Set, Tuple

from tap.parser import Parser
from tap.runner import TAPTestRunner

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
from runner.kernels import running  # noqa: E402  pylint: disable=C0413
from runner.known_list import load as load_known  # noqa: E402  pylint: disable=C0413

BUILD = os.environ.get("abs_top_builddir") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = os.path.join(BUILD, "tests")
MUTANTS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "mutants")

# Each fault, and the programs that must notice it (of hugetlb if no area is named). The fault
# TOPIC:NAME is made by wrong_TOPIC.so, others by wrong_kernel.so.
FAULTS: Dict[str, List[str]] = {
    "private-is-shared": ["private_cow", "private_file", "private_reservation", "mprotect_first",
                          "cow_pool_empty"],
    "shared-is-private": ["shared_fork", "private_file"],
    "reserves-always": ["noreserve"],
    "reserves-never": ["noreserve", "private_reservation", "overcommit", "accounting",
                       "page_sizes"],
    "leaks-reservation": ["accounting", "private_cow", "shared_fork", "overcommit", "truncate"],
    "populates": ["smaps", "accounting", "noreserve"],
    "base-pages": ["page_sizes", "smaps"],
    "any-address": ["page_sizes"],
    "any-offset": ["page_sizes"],
    "any-size": ["page_sizes"],
    "unmaps-never": ["accounting", "noreserve", "overcommit", "shared_fork", "private_cow"],
    "unmaps-part": ["page_sizes"],
    "protects-nothing": ["mprotect"],
    "protects-all": ["mprotect"],
    "protects-never-back": ["mprotect"],
    "protects-and-zeroes": ["mprotect"],
    "truncates-nothing": ["truncate", "accounting_file"],
    "truncates-part": ["truncate"],
    "truncates-too-much": ["truncate", "accounting_file"],
    "truncates-too-little": ["truncate", "accounting_file"],
    "fork-loses-pages": ["private_cow", "shared_fork", "private_file", "smaps"],
    "fork-leaves-sharer": ["private_cow"],
    "fork-unmaps": ["private_cow", "shared_fork", "private_reservation", "cow_pool_empty"],
    "ipc:not-exclusive": ["sysv_key"],
    "ipc:rounds-down": ["sysv_key"],
    "ipc:attaches-uncounted": ["sysv_key"],
    "ipc:lock-takes-pages": ["sysv_key"],
    "ipc:splice-says-done": ["splice"],
    "thp:advice-ignored": ["thp/advice", "tmpfs/mount_option", "tmpfs/shmem_enabled"],
    "thp:refusal-ignored": ["thp/advice", "tmpfs/recovery"],
    "thp:process-cannot-refuse": ["thp/advice"],
    "thp:drops-nothing": ["thp/split_mapping", "thp/pinned_cow"],
    "thp:drops-whole": ["thp/split_mapping", "thp/sizes"],
    "thp:unmaps-little": ["thp/split_mapping"],
    "thp:unmaps-no-page": ["thp/advice"],
    "thp:protects-nothing": ["thp/split_mapping"],
    "thp:protects-and-loses-word": ["thp/race_split", "thp/race_others"],
    "thp:bind-loses-word": ["thp/race_split", "thp/race_others"],
    "thp:collapse-says-done": ["thp/collapse", "tmpfs/recovery", "tmpfs/holes", "tmpfs/cut",
                               "tmpfs/accounting"],
    "thp:collapse-refuses": ["thp/collapse", "tmpfs/recovery", "tmpfs/mount_option"],
    "thp:collapse-loses-word": ["thp/collapse", "thp/race_split", "thp/race_others",
                                "tmpfs/recovery", "tmpfs/holes", "tmpfs/cut",
                                "tmpfs/race_recovery"],
    "thp:moves-copies": ["thp/mremap", "thp/split_mapping"],
    "thp:moves-lose-word": ["thp/mremap"],
    "thp:fork-loses-word": ["thp/fault", "thp/sizes", "thp/mremap"],
    "thp:pins-nothing": ["thp/pinned_cow", "thp/collapse"],
    "tmpfs:cuts-nothing": ["tmpfs/cut", "tmpfs/accounting"],
    "tmpfs:cuts-at-page": ["tmpfs/cut"],
    "tmpfs:cuts-too-much": ["tmpfs/cut"],
    "tmpfs:cuts-too-little": ["tmpfs/cut"],
    "tmpfs:punches-nothing": ["tmpfs/cut", "tmpfs/holes", "tmpfs/accounting"],
    "tmpfs:punches-page-more": ["tmpfs/cut", "tmpfs/holes", "tmpfs/accounting"],
    "tmpfs:writes-beside": ["tmpfs/cut"],
    "tmpfs:option-ignored": ["tmpfs/mount_option"],
    "tmpfs:option-always": ["tmpfs/mount_option", "tmpfs/accounting"],
    "tmpfs:setting-unheard": ["tmpfs/mount_option", "tmpfs/shmem_enabled"],
    "tmpfs:setting-always": ["tmpfs/shmem_enabled"],
}


def library(wrong: str) -> str:
    """The preloaded library that makes the fault."""
    topic = wrong.partition(":")[0] if ":" in wrong else "kernel"
    return os.path.join(BUILD, "selftest", "bites", f"wrong_{topic}.so")


def programs(poison: bool = False) -> List[str]:
    """AREA/NAME of every program that neither poisons memory nor may spoil the kernel for
    good, or of those that do, which run only in the lab."""
    found = []
    for area in sorted(entry.name for entry in os.scandir(TESTS) if entry.is_dir()):
        for name in sorted(os.listdir(os.path.join(TESTS, area))):
            if "." not in name and os.access(os.path.join(TESTS, area, name), os.X_OK):
                what = describe(f"{area}/{name}")
                if (what["poisons"] or what.get("spoils", False)) == poison:
                    found.append(f"{area}/{name}")
    return found


@lru_cache(maxsize=None)
def describe(program: str) -> Any:
    """The description of a program."""
    return json.loads(subprocess.run([os.path.join(TESTS, program), "--describe"], check=True,
                                     stdout=subprocess.PIPE, universal_newlines=True).stdout)


@lru_cache(maxsize=None)
def words_of_mutants() -> FrozenSet[str]:
    """AREA/NAME.CASE, or patterns of it, of the cases that mutants name in `Caught by`."""
    found: Set[str] = set()
    for path in glob.glob(os.path.join(MUTANTS, "*", "*.cocci")):
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.startswith("// Caught by: "):
                    found.update(word for word in line.split(": ", 1)[1].split() if "." in word)
    return frozenset(found)


@lru_cache(maxsize=None)
def owed() -> FrozenSet[str]:
    """AREA/NAME.CASE of the cases that were not seen failing yet (unseen.txt)."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "unseen.txt")
    with open(path, encoding="utf-8") as file:
        return frozenset(line.strip() for line in file if not line.startswith("#"))


def left_to_mutants(case: str) -> bool:
    """Whether a mutant names this AREA/NAME.CASE in `Caught by`."""
    return any(fnmatchcase(case, word) for word in words_of_mutants())


# The last output of each failed case.
FAILED: Dict[Tuple[str, str], str] = {}


# One case at a time, so that one whose set-up fails does not hide the others.
@lru_cache(maxsize=None)
def failed(program: str, case: str, wrong: str) -> Optional[bool]:
    """Whether a case fails with this fault ("": with none); None if it was skipped, or disturbed
    by others."""
    # Failures are deliberate: do not attribute them to other processes.
    env = dict(os.environ, HUGEPROOF_ALONE="1")
    if wrong:
        env.update(LD_PRELOAD=library(wrong), HUGEPROOF_WRONG=wrong.rpartition(":")[2])
    done = subprocess.run([os.path.join(TESTS, program), "--case", case],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env,
                          check=False, universal_newlines=True, timeout=120)
    tests = [line for line in Parser().parse(StringIO(done.stdout)) if line.category == "test"]
    if any('kind: "disturbed"' == line.strip() for line in done.stdout.splitlines()):
        return None
    if any(not line.ok for line in tests):
        FAILED[program, case] = done.stdout
        return True
    return False if any(not line.skip for line in tests) else None


def noticed(program: str, wrong: str) -> FrozenSet[str]:
    """The cases of a program that fail with this fault ("": with none)."""
    return frozenset(case for case in cases(program) if failed(program, case, wrong))


@lru_cache(maxsize=None)
def recorded() -> Dict[str, List[str]]:
    """AREA/NAME.CASE to the faults that it noticed when noticed.txt was made."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "noticed.txt")
    with open(path, encoding="utf-8") as file:
        return {words[0]: words[1:] for words in map(str.split, file) if words[0] != "#"}


def notices_one(program: str, case: str) -> bool:
    """Whether a case notices one of the faults, of which those that it noticed before come
    first."""
    before = recorded().get(f"{program}.{case}", [])
    return any(failed(program, case, wrong)
               for wrong in sorted(about(program), key=lambda wrong: wrong not in before))


def settings() -> Dict[str, str]:
    """The settings of shared memory's huge pages."""
    found = {}
    top = "/sys/kernel/mm/transparent_hugepage"
    for path in glob.glob(f"{top}/shmem_enabled") + glob.glob(f"{top}/*/shmem_enabled"):
        with open(path, encoding="ascii") as file:
            found[path] = file.read()
    return found


def cases(program: str) -> List[str]:
    """The names of its cases."""
    return [case["name"] for case in describe(program)["cases"]]


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class Bites(unittest.TestCase):
    """Which cases notice which faults."""

    def test_right_kernel(self) -> None:
        """Without a fault only known issues fail: a failure below is caused by the fault."""
        issues = load_known(None, running())
        for program in programs():
            for case in noticed(program, ""):
                name = f"{program}.{case}@2M"
                self.assertTrue(any(issue.expects(name, "fail") for issue in issues),
                                f"{name}: {FAILED[program, case]}")

    def test_settings_are_put_back(self) -> None:
        """A fault affects only the case: the settings that it changed are restored."""
        before = settings()
        for wrong in ("tmpfs:setting-unheard", "tmpfs:setting-always"):
            noticed("tmpfs/shmem_enabled", wrong)
            self.assertEqual(settings(), before, wrong)

    def test_each_wrong_is_noticed(self) -> None:
        """Every fault is noticed by each program that is named for it."""
        for wrong, named in FAULTS.items():
            for name in named:
                program = name if "/" in name else f"hugetlb/{name}"
                with self.subTest(f"{program} notices {wrong}"):
                    self.assertTrue(noticed(program, wrong))

    def test_each_case_notices(self) -> None:
        """Every case notices at least one fault."""
        for program in programs():
            asked = [case for case in cases(program)
                     if not left_to_mutants(f"{program}.{case}")
                     and f"{program}.{case}" not in owed()]
            for case in asked:
                with self.subTest(f"{program}.{case}"):
                    if notices_one(program, case):
                        continue
                    if failed(program, case, "") is None:
                        self.skipTest("skipped on this machine")
                    self.fail(f"it notices none of {about(program)}")

    def test_each_case_of_the_lab(self) -> None:
        """A mutant names every case of the programs that only the lab runs."""
        for program in programs(poison=True):
            for case in cases(program):
                name = f"{program}.{case}"
                with self.subTest(name):
                    self.assertTrue(left_to_mutants(name) or name in owed())

    def test_what_is_owed_is_there(self) -> None:
        """The list of cases not seen failing contains only existing cases, and none that a mutant
        names."""
        there = {f"{program}.{case}" for poison in (False, True)
                 for program in programs(poison) for case in cases(program)}
        self.assertEqual(owed() - there, frozenset())
        self.assertEqual([name for name in sorted(owed()) if left_to_mutants(name)], [])


def about(program: str) -> List[str]:
    """The faults to try with a program: those of hugetlb, those of transparent huge pages, or those
    that name the program."""
    area = program.split("/")[0]
    if area in ("pin", "tmpfs", "uffd"):
        return [wrong for wrong, named in FAULTS.items() if program in named]
    return [wrong for wrong in FAULTS
            if (wrong.split(":")[0] if ":" in wrong else "") in
            (("thp",) if area in ("thp", "migrate") else ("", "ipc"))]


def table() -> None:
    """Prints a line for each case that notices faults: the case and these faults."""
    for program in programs():
        for case in cases(program):
            found = [wrong for wrong in about(program) if case in noticed(program, wrong)]
            if found:
                print(f"{program}.{case} {' '.join(found)}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        table()
        sys.exit(0)
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Bites)
    sys.exit(not runner.run(suite).wasSuccessful())
