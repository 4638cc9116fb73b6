# SPDX-License-Identifier: LGPL-2.1-or-later
"""A record with every verdict and state there is, and texts that are hard for every format."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Optional

from runner.verdicts import NOT_WELL, ORDER

Json = Dict[str, Any]
# Would be read as results, groups, directives, ends of texts and of logs by readers that are not
# careful, or cannot be represented.
NASTY = ("it's <&> \"x\" ]]> # SKIP # TODO \x1b[1m\x00\x07 ok 3 none\nnot ok 4 - none # XFAIL\n"
         "# selftests: none: none\n1..7\nBail out! \u2028\u202e\ud800 \U0001f4a5 é - --- ... ${x}"
         " $(x) `x` * key: value %s \\ Kernel panic - not syncing: VFS: reboot: System halted"
         " List of all partitions: <LAVA_SIGNAL_TESTCASE> ********** TEST SUMMARY KTAP version 1")
LOG = ["BUG: unable to handle page fault ]]> <&>\x1b[1m", "not ok 1 - none", "\ttab \ud800"]
METRICS = [
    {"name": "fault", "unit": "ns", "better": "lower", "count": 2000, "min": 5, "mean": 5.5,
     "p50": 5, "p90": 6, "p99": 6, "p999": 6, "max": 7, "histogram": [5, 1200, 1, 799, 1, 1]},
    {"name": "copied", "unit": "MB/s", "better": "higher", "value": 1234.5}]


def _point(name: str, verdict: str, known: Any = None, /, **diagnostics: Any) -> Json:
    return {"name": name, "verdict": verdict, "known": known,
            "reason": None if verdict == "pass" else f"why {verdict}: {NASTY}",
            "diagnostics": {"duration_ms": 1.5, **diagnostics}}


def _result(name: str, verdict: str, *points: Json, **more: Any) -> Json:
    return {"name": name, "program": name.partition("@")[0], "verdict": verdict, "known": None,
            "page_size": name.partition("@")[2].partition("#")[0].partition("-")[0] or None,
            "points": list(points), "reason": None if verdict == "pass" else f"because {NASTY}",
            "log": LOG if verdict in NOT_WELL else [], "duration_ms": 12.5,
            "started": "2026-01-01T01:30:00+0130",
            "out": "out/" + name.replace("/", "-") + ".out", **more}


def _all(run_of: str) -> List[Json]:
    """A point of each verdict, and of each that an issue can explain a known one."""
    program, at, size = run_of.partition("@")
    points = [_point(f"{program}.{verdict}{at}{size}", verdict, got=NASTY, seed=3,
                     observed={"actor": NASTY}, name="another", verdict="pass", run="another",
                     known_issue="another") for verdict in ORDER]
    return points + [_point(f"{program}.known_{verdict}{at}{size}", verdict, "issue-1")
                     for verdict in ORDER if verdict in NOT_WELL - {"disturbed", "unknown"}]


def results() -> List[Json]:
    """The lines of results.jsonl."""
    found = [_result("every/verdict@2M", "panic", *_all("every/verdict@2M"), sources=[
                 {"kind": "man", "value": "mmap(2)", "about": "MAP_<FIXED> ]]>"}]),
             _result("every/verdict@1G", "panic", *_all("every/verdict@1G")),
             _result("every/verdict@2M-32bit", "pass", _point("every/verdict.pass@2M-32bit",
                                                              "pass")),
             _result("every/sizeless", "fail", *_all("every/sizeless"))]
    # Programs without points, and with a fault that their points do not show.
    for verdict in ORDER:
        found.append(_result(f"alone/{verdict}@2M", verdict))
        if verdict in NOT_WELL:
            found.append(_result(f"beside/{verdict}@2M", verdict,
                                 _point(f"beside/{verdict}.good@2M", "pass")))
    found += [_result("alone/known@2M", "crash", known="issue-2"),
              _result("beside/known@2M", "leak", _point("beside/known.good@2M", "pass"),
                      known="issue-2"),
              _result("beside/okay", "leak", {**_point("beside/okay.a", "fail"),
                                              "reason": "okay 1..3"}, reason="okay 1..3"),
              _result("alone/okay", "broken", reason="okay 1..3"),
              _result("mixed/skipped", "pass", _point("mixed/skipped.a", "skip"),
                      _point("mixed/skipped.b", "pass")),
              _result("mixed/all_skipped", "skip", _point("mixed/all_skipped.a", "skip"),
                      _point("mixed/all_skipped.b", "skip"))]
    for repeat in ("", "#2", "#3"):
        found.append(_result(f"load/copy@2M{repeat}", "pass", _point(
            f"load/copy.all@2M{repeat}", "pass", metrics=METRICS)))
    return found + [_result(f"load/narrow@2M-32bit{repeat}", "pass", _point(
        f"load/narrow.all@2M-32bit{repeat}", "pass")) for repeat in ("", "#2")]


def strange_numbers() -> List[Json]:
    """Results with numbers that a program can report and not every reader takes."""
    found = [_result(f"strange/time_{number}", "pass", {
        **_point(f"strange/time_{number}.a", "pass"), "diagnostics": {"duration_ms": took}})
             for number, took in enumerate((1e300, -5, 1e-9, 0.04, 1e11))]
    for name, value in (("huge", 1e300), ("small", 1e-30)):
        found.append(_result(f"strange/{name}", "pass", _point(
            f"strange/{name}.a", "pass", metrics=[{
                "name": "x", "unit": 40 * "u", "better": "lower", "value": value}])))
    return found


def run() -> Json:
    """run.json."""
    return {"format": 2, "run": "20260101-000000", "command": f"func {NASTY}", "kind": "func",
            "started": "2026-01-01T01:30:00+0130", "ended": "2026-01-01T01:31:00+0130",
            "host": "machine-1", "seed": 9, "hugeproof": "0.1", "page_sizes": ["2M", "1G"],
            "nodes": 2, "memory_kb": 1 << 20, "processors": 4, "processor": NASTY,
            "kernel": {"release": "6.12.1", "version": "#1 SMP", "build_id": "c0ffee",
                       "upstream": "6.12.1", "machine": "x86_64", "command_line": NASTY,
                       "taint": 0},
            "thp": {"enabled": "always [madvise] never"}, "lab": None,
            "plan": [result["name"] for result in results()] + ["never/ran@2M"],
            "between": [{"complaints": [f"BUG: {NASTY}"], "lost": 0, "log": LOG},
                        {"complaints": [], "lost": 7}],
            "not_restored": [f"a pool {NASTY}", "another"], "hindered": []}


def write(folder: str, found: Optional[List[Json]] = None) -> None:
    """Writes the record, or one with these results."""
    os.makedirs(folder)
    with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
        json.dump(run(), file)
    with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
        file.writelines(json.dumps(result) + "\n"
                        for result in (results() if found is None else found))
