#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The cost of the lab: a build with nothing to do, a boot, a mutant. Figures, not verdicts."""
from __future__ import annotations

import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from typing import Dict, List

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUNS = 5
sys.path.insert(0, TOP)


def seconds(*words: str) -> float:
    """How long run_tests.py with these arguments took."""
    began = time.monotonic()
    subprocess.run([sys.executable, os.path.join(TOP, "run_tests.py"), *words], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def qemu_start_s() -> float:
    """When the newest guest's QEMU began, in seconds since boot; 0 when there is none."""
    best = 0.0
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue
        if "(qemu-system" in text:
            best = max(best, int(text.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK"))
    return best


def first_program_s(programs: str, results: str) -> float:
    """From QEMU's start to the start of the first program, seconds."""
    seen: Dict[str, float] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.is_set() and "running" not in seen:
            if glob.glob(os.path.join(results, "*", "running")):
                seen["running"] = time.clock_gettime(time.CLOCK_BOOTTIME)
                seen["qemu"] = qemu_start_s()
            time.sleep(0.005)

    thread = threading.Thread(target=watch)
    thread.start()
    seconds("lab", "run", "--nodes", "2", "--results", results, "--", "func", "--programs",
            programs, "hugetlb/smaps")
    over.set()
    thread.join()
    return seen["running"] - seen["qemu"]


def mutant_s(programs: str, results: str) -> Dict[str, float]:
    """The parts of one mutant's cycle, seconds."""
    seconds("mutants", "truncate_keeps_copies", "--programs", programs, "--results", results)
    path, = glob.glob(os.path.join(results, "mutants-*", "mutants.jsonl"))
    with open(path, encoding="utf-8") as file:
        parts: Dict[str, float] = json.loads(file.readline())["seconds"]
    return parts


def matrix_share(programs: str, image: str, results: str) -> float:
    """The time of area hugetlb on two kernels side by side, relative to the two one after the
    other, in guests of one processor each."""
    guest = ("--cpus", "1", "--memory", "3G", "--results", results)
    asked = ("--", "func", "hugetlb", "--page-size", "2M", "--programs", programs)
    alone = sum(seconds("lab", "run", "--kernel", kernel, *guest, *asked)
                for kernel in ("build", image))
    return seconds("lab", "matrix", "--kernel", "build", "--kernel", image, *guest, "--jobs", "2",
                   *asked) / alone


def spread(values: List[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    """Prints the figures."""
    programs = sys.argv[1] if sys.argv[1:] else TOP
    from runner.errors import Refused
    from runner.lab import arch, kernel, source
    try:
        tree = kernel.Tree(source.packaged(unpack=False), kernel.fragment_path(),
                           arch.of_this_machine())
        ready = tree.ready()
    except Refused:
        ready = False
    if not ready:
        print("lab: no kernel in the cache, nothing measured (run_tests.py lab build)")
        return
    builds = [seconds("lab", "build") for _ in range(RUNS)]
    print(f"lab build, nothing changed, s: {spread(builds)}")
    boots = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="hugeproof-bench-", dir="/run") as results:
            boots.append(first_program_s(programs, results))
    print(f"from QEMU's start to the first program, two nodes, s: {spread(boots)}")
    with tempfile.TemporaryDirectory(prefix="hugeproof-bench-", dir="/run") as results:
        parts = mutant_s(programs, results)
    print("a mutant, s: " + ", ".join(f"{name} {value:g}" for name, value in parts.items())
          + f", in all {sum(parts.values()):.1f}")
    with tempfile.TemporaryDirectory(prefix="hugeproof-bench-", dir="/run") as results:
        share = matrix_share(programs, tree.image, results)
    print(f"a matrix of two kernels, area hugetlb, of both one after the other: {share:.0%}")


if __name__ == "__main__":
    main()
