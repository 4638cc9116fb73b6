#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The overhead of the runner per program compared with starting it directly, and the cost of a
snapshot.

Prints medians and spreads; asserts nothing. Direct starts and runs through the runner alternate, so
that both see the same machine. Needs root.

`bench_runner.py reports [N]` instead measures memory and time of the reports of a run of N results
(100,000, some 3 GB on the disk).
"""
from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Dict, List

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from runner.about import new_run  # noqa: E402
from runner.errors import Refused  # noqa: E402
from runner.job import Job  # noqa: E402
from runner.observe import counters, machine  # noqa: E402
from runner.plan import Planned  # noqa: E402
from runner.programs import describe, find  # noqa: E402
from runner.record import Folder  # noqa: E402
from runner.report.table import Reporter  # noqa: E402
from runner.run import Signals, become_subreaper  # noqa: E402
from runner.session import Session  # noqa: E402
from runner.settings.lock import Lock  # noqa: E402

ROUNDS = 200
_PEAK = """import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
print(os.wait4(child, 0)[2].ru_maxrss)
"""
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


def _print(name: str, values: List[float]) -> None:
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
    results = Folder.create(os.path.join(folder, "results"))
    job = Job(plan=[planned])
    session = Session(job, results, new_run(results.name, job),
                      Reporter("plain", io.StringIO()), signals)
    times: Dict[str, List[float]] = {"bare": [], "runner": [], "snapshot": [], "look": []}
    try:
        for _ in range(ROUNDS):
            times["bare"].append(_ms(lambda: subprocess.run(
                planned.argv(1), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL, check=True)))
            times["runner"].append(_ms(lambda: session.go()))
            times["snapshot"].append(_ms(session.observer.snapshot))
            times["look"].append(_ms(machine.look))
    finally:
        session.close(None)
        results.close()
    return times


def _result(number: int, snapshot: Dict[str, int]) -> Dict[str, Any]:
    """A result like that of a functional test with a few cases."""
    name = f"bench/p{number}"
    verdict = "fail" if number % 100 == 0 else "skip" if number % 20 == 0 else "pass"
    points = [{"name": f"{name}.c{case}@2M", "verdict": verdict, "known": None,
               "reason": None if verdict == "pass" else f"why {verdict}",
               "diagnostics": {"duration_ms": 1.5, "counters": {"vmstat.thp_fault_alloc": 3}}}
              for case in range(5)]
    return {"name": f"{name}@2M", "program": name, "page_size": "2M", "verdict": verdict,
            "reason": None if verdict == "pass" else f"why {verdict}", "known": None,
            "points": points, "left": {}, "log": ["said " * 10] * 3, "complaints": [],
            "counters": {"before": snapshot, "after": snapshot, "delta": {"vmstat.x": 1}},
            "duration_ms": 12.5, "exit": 0}


def generated(parent: str, number: int) -> str:
    """The folder of a run that has this many results."""
    observer = counters.Observer()
    snapshot = observer.snapshot()
    observer.close()
    folder = Folder.create(parent)
    folder.write_run({"format": 2, "run": folder.name, "kind": "func", "seed": 1,
                      "plan": [f"bench/p{n}@2M" for n in range(number)]})
    folder.close()
    with open(os.path.join(folder.path, "results.jsonl"), "w", encoding="ascii") as file:
        for n in range(number):
            file.write(json.dumps(_result(n, snapshot), separators=(",", ":")) + "\n")
    return folder.path


def peak_kb(argv: List[str]) -> int:
    """The peak memory of a command in kB. It is started by a small process, because a forked
    process begins with the peak of its parent."""
    done = subprocess.run(["/usr/bin/python3", "-IS", "-c", _PEAK, *argv], check=True,
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    return int(done.stdout)


def _reports(number: int) -> None:
    """Measures the reports of a run of this many results."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as parent:
        folder = generated(parent, number)
        size = os.path.getsize(os.path.join(folder, "results.jsonl"))
        print(f"{number} results, {size >> 20} MB")
        top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        for word in ("--format=plain", "--format=tap", "--tap", "--junit", "--html"):
            began = time.monotonic()
            kilobytes = peak_kb(["/usr/bin/python3", "-B", os.path.join(top, "run_tests.py"),
                                 "report", folder, word])
            print(f"report {word:20} {kilobytes >> 10:7} MB {time.monotonic() - began:7.1f} s",
                  flush=True)


def main() -> int:
    """The exit status: 0, or 2 if it cannot be measured here."""
    if sys.argv[1:2] == ["reports"]:
        _reports(int((sys.argv[2:] or ["100000"])[0]))
        return 0
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
    _print("program started bare", times["bare"])
    _print("program through the runner", times["runner"])
    _print("  the runner's cost", [run - bare for run, bare in zip(times["runner"], times["bare"])])
    _print("one snapshot of all counters", times["snapshot"])
    _print("taint, segments and mounts", times["look"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
