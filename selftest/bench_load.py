#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The overhead of lib/load: the mean latency that it reports, relative to a bare loop of the same
operations with the clock around all of them.

Prints medians and spreads over rounds of both; asserts nothing.
"""
from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys

CASES = {"fault_base": "16 base pages touched", "fault_thp": "a THP touched",
         "fault_hugetlb": "a hugetlb page touched",
         "map_hugetlb": "hugetlb mapped and unmapped"}


def main() -> int:
    """The table."""
    top = sys.argv[1] if len(sys.argv) > 1 else os.getcwd()
    program = os.path.join(top, "selftest", "lib", "bench_load")
    print("loads against a bare loop of the same operations:")
    for case, what in CASES.items():
        done = subprocess.run([program, "--case", case], check=True, stdout=subprocess.PIPE,
                              universal_newlines=True)
        found = re.search(r"^  metrics: (.*)$", done.stdout, re.MULTILINE)
        if not found:
            print(f"  {what:30} not measured: {done.stdout.splitlines()[1]}")
            continue
        values = {metric["name"]: metric["value"] for metric in json.loads(found.group(1))}
        rounds = range(len(values) // 2)
        ratios = [values[f"measured_{n}"] / values[f"bare_{n}"] for n in rounds]
        bare = statistics.median(values[f"bare_{n}"] for n in rounds)
        ordered = sorted(ratios)
        quarter = len(ordered) // 4
        print(f"  {what:30} bare {bare / 1000:8.2f} us  measured / bare "
              f"{statistics.median(ratios):.3f} (half of {len(ratios)} rounds: "
              f"{ordered[quarter]:.3f} to {ordered[-1 - quarter]:.3f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
