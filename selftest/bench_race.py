#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rate of the race engine relative to two bare threads that make the same system calls on the
same memory, and whether each of its actors gets its share.

Prints medians and spreads over alternating runs of both; asserts nothing.
"""
from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from typing import Dict, List

ROUNDS = 5


def rates(program: str, case: str, seed: int) -> Dict[str, float]:
    """Operations per second of each actor in one run of a case."""
    done = subprocess.run([program, "--case", case, "--seed", str(seed)], check=True,
                          stdout=subprocess.PIPE, universal_newlines=True)
    return {name: float(rate) for name, rate in
            re.findall(r'"([\w ]+)": "\d+(?: operations)?, (\d+)/s', done.stdout)}


def main() -> int:
    """The table."""
    top = sys.argv[1] if len(sys.argv) > 1 else os.getcwd()
    program = os.path.join(top, "selftest", "lib", "bench_race")
    found: Dict[str, List[Dict[str, float]]] = {"bare": [], "engine": []}
    for number in range(ROUNDS):
        for case, list_of in found.items():
            list_of.append(rates(program, case, number + 1))
    print(f"race engine against two bare threads, 64 THPs, {ROUNDS} rounds of 2 s each:")
    for actor in ("mbind", "split_and_collapse"):
        bare = [run[actor] for run in found["bare"]]
        engine = [run[actor] for run in found["engine"]]
        print(f"  {actor:20} bare {statistics.median(bare):8.0f}/s ({min(bare):.0f} to "
              f"{max(bare):.0f})  engine {statistics.median(engine):8.0f}/s ({min(engine):.0f} "
              f"to {max(engine):.0f})")
    both = ("mbind", "split_and_collapse")
    ratios = [sum(engine[a] for a in both) / sum(bare[a] for a in both)
              for bare, engine in zip(found["bare"], found["engine"])]
    least = [100 * min(run[a] for a in both) / sum(run[a] for a in both)
             for run in found["engine"]]
    judged = [run["pages judged"] for run in found["engine"]]
    print(f"  all operations: engine / bare {statistics.median(ratios):.2f} "
          f"({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"  the lesser actor's share of the engine's operations {statistics.median(least):.0f} % "
          f"({min(least):.0f} to {max(least):.0f})")
    print(f"  pages that the oracle judged meanwhile {statistics.median(judged):.0f}/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
