# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the program in guests: it must fail on the kernel on which the point failed, and pass on a
fixed one."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, Dict, Sequence

from ..endings import Signals, run_tool
from ..errors import Refused
from ..lab import tried
from ..request import Request, Selection
from ..text import clean

Json = Dict[str, Any]
AREA, NAME, CASE = "reproduce", "reproducer", "it"
COMPILE_SECONDS, RUN_SECONDS = 60.0, 600.0

# A program of the suite that runs the reproducer and reports its exit status as TAP.
_PROGRAM = """#!/usr/bin/python3 -IS
import os, subprocess, sys
SAYS = {says!r}
if sys.argv[1:] == ["--describe"]:
    print(SAYS)
    sys.exit()
top = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
done = subprocess.run([os.path.join(top, "reproducer")],
                      stdout=subprocess.PIPE, universal_newlines=True)
text = " ".join(done.stdout.split()).replace('"', "'").replace("\\\\", "/")
print("TAP version 14")
print("1..1")
print(("ok" if done.returncode == 0 else "not ok") + " 1 - {case}")
print("  ---")
if done.returncode:
    print('  kind: "check"' if done.returncode == 1 else '  kind: "broken"')
    print(f'  got: "{{text}}"')
print("  duration_ms: 1.0")
print("  ...")
sys.exit(1 if done.returncode else 0)
"""


def compiled(source: str, binary: str, more: Sequence[str] = ()) -> None:
    """Compiles the program, with all warnings as errors and these options. Raises Refused."""
    compiler = shutil.which("cc")
    if not compiler:
        raise Refused("no C compiler: install gcc")
    done = run_tool([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-static", *more, "-o",
                     binary, source], "cc", COMPILE_SECONDS, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT)
    if done.returncode:
        raise Refused("the program that was written does not compile, which is a fault of "
                      f"hugeproof: {clean(done.stdout.decode('utf-8', 'replace'), 500)}")


def as_suite(folder: str, binary: str) -> None:
    """Makes a folder of programs that contains only this one."""
    place = os.path.join(folder, "tests", AREA)
    os.makedirs(place)
    # The reproducer itself is outside of the folders in which programs are looked for.
    own = os.path.join(folder, "reproducer")
    shutil.copy(binary, own)
    os.chmod(own, 0o755)
    says = json.dumps({
        "format": 1, "name": NAME, "area": AREA, "kind": "func", "summary": "a reproducer",
        "source": "", "cases": [{"name": CASE, "summary": ""}], "needs": [],
        "page_sizes": "none", "seconds": RUN_SECONDS, "poisons": False, "log_allows": [],
        "params": []})
    path = os.path.join(place, NAME)
    with open(path, "w", encoding="ascii") as file:
        file.write(_PROGRAM.format(says=says, case=CASE))
    os.chmod(path, 0o755)


def verdict(suite: str, options: Json, folder: str, signals: Signals) -> tried.Outcome:
    """What becomes of the program in a guest with these options, recorded into `folder`.
    Raises Refused and Interrupted."""
    return tried.once(options, Request("func", Selection(programs=suite), no_known_issues=True,
                                       allow_all_skipped=True), None, folder, signals)
