# SPDX-License-Identifier: LGPL-2.1-or-later
"""Valid values, which the fuzzers spoil."""
from __future__ import annotations

from typing import Any, Dict, List

Json = Dict[str, Any]

METRIC: Json = {"name": "fault", "unit": "ns", "better": "lower", "count": 1000, "min": 5,
                "mean": 5.5, "p50": 5, "p90": 6, "p99": 6, "p999": 6, "max": 7,
                "histogram": [5, 600, 1, 399, 1, 1]}
POINT: Json = {"name": "a/b.c@2M", "verdict": "fail", "reason": "expected 1, got 2",
               "known": None,
               "diagnostics": {"duration_ms": 1.5, "got": "2", "tries": ["short of memory"],
                               "observed": {"actor": "1 done"}, "lost": "1a 2b", "seed": 1,
                               "counters": {"vmstat.thp_fault_alloc": 3}}}
RESULT: Json = {
    "name": "a/b@2M", "program": "a/b", "page_size": "2M", "verdict": "kernel",
    "reason": "kernel log, bug: BUG: it", "known": None,
    "points": [POINT, {"name": "a/b.target__one__two@2M", "verdict": "pass", "reason": None,
                       "known": None, "diagnostics": {"metrics": [METRIC]}}],
    "counters": {"before": {"hugetlb.2M.free": 3}, "after": {"hugetlb.2M.free": 1},
                 "delta": {"hugetlb.2M.free": -2}},
    "log": ["BUG: it", " Call Trace:"], "log_processes": ["theirs"], "complaints": ["BUG: it"],
    "findings": [{"kind": "log", "name": "a/b@2M", "verdict": "kernel", "text": "BUG: it",
                  "known": None}],
    "taint": {"before": 0, "after": 512},
    "left": {"processes": ["process 3 (x)"], "counters": ["hugetlb.2M.free 3 -> 1"]},
    "rest_ms": 3.5, "dropped": {"standard output": 5},
    "tries": [{"verdict": "disturbed", "reason": "others", "started": "x", "duration_ms": 1.5,
               "left": {}}],
    "exit": None, "signal": "SIGSEGV", "timed_out": False, "started": "2026-01-01T00:00:00+0000",
    "duration_ms": 12.5, "out": "out/a-b@2M.out", "rest": ["d"], "died": 1}
STEP: Json = {**METRIC, "name": "fault_at_100", "rate": 100, "achieved": 99.5, "missed": 1,
              "late": {"p50": 1, "p99": 2, "max": 3}}
PROFILE: Json = {"event": "cpu-clock", "operations": 5, "samples": 4, "lost": 0,
                 "functions": ["[user]", "entry", "clear"], "stacks": ["2 1 2", "1 0"], "other": 1,
                 "counters": {"page faults": 1.5}}
LOAD: Json = {"name": "load/p", "verdict": "pass", "scale": {"size": "4M"}, "points": [
    {"name": "load/p.a@2M", "verdict": "pass", "diagnostics": {"metrics": [
        {**METRIC, "curve": "all", "at": {"workers": 1, "mappings": 0}, "profile": PROFILE},
        STEP]}},
    {"name": "load/p.b@2M", "verdict": "pass", "diagnostics": {"metrics": [
        {**METRIC, "curve": "all", "at": {"workers": 2, "mappings": 0}}]}}]}


def load(value: Any) -> Json:
    """A load with one number instead of a distribution."""
    metric = {"name": "rate", "unit": "MB/s", "better": "higher", "value": value}
    return {"name": "load/p", "verdict": "pass", "points": [
        {"name": "load/p.a@2M", "verdict": "pass", "diagnostics": {"metrics": [metric]}}]}


RUN: Json = {
    "format": 2, "run": "20260101-000000", "command": "func", "started": "x", "ended": None,
    "kind": "load", "seconds": 0.5, "repeat": 2, "params": {"size": "64M"},
    "scale": {"key": "size", "values": ["4M", "8M"]},
    "kernel": {"release": "6.12.1", "version": "#1 SMP", "build_id": "c0ffee",
               "upstream": "6.12.1", "machine": "x86_64", "command_line": "quiet", "taint": 0},
    "budget": 60.5, "skips": [{"names": ["a/b.d", "tag:race"], "reason": "why"}],
    "merged": [{"run": "x", "seed": 1}], "page_sizes": ["2M"], "nodes": 1,
    "memory_kb": 1 << 20, "processors": 2, "processor": "cpu",
    "thp": {"enabled": "always [madvise] never"}, "hugeproof": "0.1", "seed": 7, "time_scale": 1.5,
    "plan": ["a/b@2M", "c/d", "load/p", "load/p#2"], "cases": {"a/b@2M": ["c"]},
    "allow_poison": False,
    "known_issues": [{"id": "issue-1", "points": ["a/*"], "intermittent": ["a/b.*"]}],
    "lab": {"options": {"measure": "time", "cpus": 2}, "words": ["func"], "accel": "kvm",
            "slowdown": 1.5},
    "settings": [{"what": "pool of 2M", "before": 0, "during": 5}],
    "between": [{"complaints": ["BUG: x"], "lost": 2, "log": ["BUG: x"]}], "others": None,
    "hindered": [{"name": "c/d", "points": 2, "by": "a/b@2M", "left": "hugetlb.2M.free -2"}],
    "changed_by_others": ["x"], "summary": {"passed": 1}, "seems_fixed": [],
    "interrupted": "SIGTERM", "not_restored": ["pool"]}
ISSUES: Json = {"format": 2, "issues": [{
    "id": "x", "points": ["a/*"], "verdicts": ["fail", "kernel"], "reason": "why", "link": "doc/x",
    "machine": ["x86_64"], "since": "6.1", "fixed": ["6.12.5", "6.13-rc2"],
    "distributions": [{"id": "rhel", "version": "9*", "release": "5.14*", "fixed": "5.14.0-503"}],
    "demands": {"log": ["BUG: .*"], "reason": "exp", "errno": "ENOMEM", "counters": ["vmstat.*"]},
    "intermittent": ["a/b.*"]}]}
SKIPS: Json = {"format": 1, "skips": [{
    "names": ["a/*", "tag:race", "a/b.c@2M"], "reason": "why", "until": "2026-12-31",
    "machine": ["x86_64"], "since": "6.1", "fixed": ["6.12.5", "6.13-rc2"],
    "distributions": [{"id": "rhel", "version": "9*", "release": "5.14*", "fixed": "5.14.0-503"}]}]}
DESCRIPTION: Json = {
    "format": 1, "name": "b", "area": "a", "kind": "func", "bits": 64, "summary": "s",
    "source": "x", "sources": [{"kind": "man", "value": "mmap(2)", "about": "z"}],
    "cases": [{"name": "c", "summary": "d"}], "needs": ["root", "hugetlb:3"],
    "page_sizes": "hugetlb", "seconds": 2.5, "poisons": False, "spoils": False,
    "log_allows": ["said"], "params": [{"name": "p", "default": "1", "summary": "q"}]}
TAP: List[bytes] = [
    b"TAP version 14", b"1..2", b"ok 1 - c", b"not ok 2 - d", b"ok 2 - d # SKIP no", b"  ---",
    b"  duration_ms: 1.5", b"  got: \"x\"", b"  counters: {\"a\": 1}", b"  tries: [\"x\"]",
    b"  ...", b"Bail out! x", b"# note", b"ok 1 - c # TODO later", b"1..0 # SKIP none",
    b"  a: &b c",
    b"  observed: {\"a\": \"b\"}", b"    ok 1 - inner", b"pragma +strict", b""]
CONSOLE: List[bytes] = [
    b"[    1.000000] Linux version 6.12", b"<4>[    2.000000][   T12] BUG: unable to handle page",
    b"[    2.1] Call Trace:", b"[    2.2]  dump_stack+0x1/0x2", b"Kernel panic - not syncing: x",
    b"[    3.0] ------------[ cut here ]------------",
    b"[    3.1] WARNING: CPU: 0 PID: 1 at a.c:1",
    b"[    4.0] page: refcount:1 mapcount:0", b"[    5.0] INFO: task x blocked for more than",
    b"[    6.0] watchdog: BUG: soft lockup - CPU#0 stuck", b"\r", b"garbage"]
JOURNAL: List[Json] = [
    {"undo": "write", "path": "/sys/kernel/mm/x", "value": "3"}, {"undo": "umount", "path": "/a"},
    {"undo": "shm_remove", "id": 3, "key": 0, "time": 5}, {"undo": "unlink", "path": "/b"}]
