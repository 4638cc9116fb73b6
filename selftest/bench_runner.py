#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the runner costs a program over starting it bare, and what a snapshot costs.

Prints medians and spreads; asserts nothing. Bare starts and runs through the
runner take turns, so that both see the same machine. Needs root.
"""
from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Callable, Dict, List

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from runner.about import Options, new_run  # noqa: E402
from runner.errors import Refused  # noqa: E402
from runner.observe import counters, machine  # noqa: E402
from runner.plan import Planned  # noqa: E402
from runner.programs import describe, find  # noqa: E402
from runner.record import Folder  # noqa: E402
from runner.report.table import Reporter  # noqa: E402
from runner.run import Signals, become_subreaper  # noqa: E402
from runner.session import Session  # noqa: E402
from runner.settings.lock import Lock  # noqa: E402

ROUNDS = 200
SCRIPT = """#!/bin/sh
case "$1" in
--describe)
    echo '{"format":1,"name":"nothing","area":"bench","kind":"func","summary":"",\
"source":"","cases":[{"name":"a"}],"needs":[],"page_sizes":"none","seconds":10,\
"poisons":false,"log_allows":[],"params":[]}' ;;
*)
    printf 'TAP version 14\\n1..1\\nok 1 - a\\n  ---\\n  duration_ms: 0.1\\n  ...\\n' ;;
esac
"""


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _told(name: str, values: List[float]) -> None:
    cuts = statistics.quantiles(values, n=20)
    print(f"{name:34} median {statistics.median(values):7.3f} ms   5 % {cuts[0]:7.3f}   "
          f"95 % {cuts[-1]:7.3f}   max {max(values):7.3f}   ({len(values)} times)")


def _programs(folder: str) -> None:
    os.makedirs(os.path.join(folder, "tests", "bench"))
    path = os.path.join(folder, "tests", "bench", "nothing")
    with open(path, "w", encoding="ascii") as file:
        file.write(SCRIPT)
    os.chmod(path, 0o755)


def _measure(folder: str, signals: Signals) -> Dict[str, List[float]]:
    program = find(folder)[0]
    describe(program, signals)
    planned = Planned(program, None, list(program.cases))
    options = Options()
    results = Folder.create(os.path.join(folder, "results"))
    session = Session(results, new_run(results, [planned], options), options, [],
                      Reporter("plain", io.StringIO()), signals)
    times: Dict[str, List[float]] = {"bare": [], "runner": [], "snapshot": [], "look": []}
    try:
        for _ in range(ROUNDS):
            times["bare"].append(_ms(lambda: subprocess.run(
                planned.argv(1), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL, check=True)))
            times["runner"].append(_ms(lambda: session.go([planned])))
            times["snapshot"].append(_ms(session.observer.snapshot))
            times["look"].append(_ms(machine.look))
    finally:
        session.close(None)
        results.close()
    return times


def main() -> int:
    """0, or 2 when it cannot be measured here."""
    if os.geteuid() != 0:
        print("bench_runner.py: needs root: run it with sudo", file=sys.stderr)
        return 2
    signals, lock = Signals(), Lock()
    become_subreaper()
    try:
        lock.acquire()
        with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
            _programs(folder)
            times = _measure(folder, signals)
    except Refused as refused:
        print(f"bench_runner.py: {refused}", file=sys.stderr)
        return 2
    finally:
        lock.release()
        signals.close()
    observer = counters.Observer()
    print(f"{len(observer.snapshot())} counters on a machine with {os.cpu_count()} CPUs, "
          f"load {os.getloadavg()[0]:.2f}")
    observer.close()
    _told("program started bare", times["bare"])
    _told("program through the runner", times["runner"])
    _told("  the runner's cost", [run - bare for run, bare in zip(times["runner"], times["bare"])])
    _told("one snapshot of all counters", times["snapshot"])
    _told("taint, segments and mounts", times["look"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
