#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest of arm64 on a machine of another architecture: the distribution's kernel, programs that
are built for it, and what they find there."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.errors import Refused  # noqa: E402
from runner.lab import arch, choice, foreign  # noqa: E402
from runner.reading import load_run  # noqa: E402
from runner.record import find_run, load  # noqa: E402

KERNEL = os.environ.get("HUGEPROOF_ARM64_KERNEL", "deb:linux-image-arm64")
TOOLS = (arch.ARM64.qemu, arch.ARM64.cross + "gcc", "mmdebstrap", "apt-get", "cpio")
MISSING = [tool for tool in TOOLS if not shutil.which(tool)]


@support.needs_root
@unittest.skipIf(arch.ARM64.native, "this machine's own guests are of arm64")
@unittest.skipIf(MISSING, f"needs {' '.join(MISSING)}: scripts/setup --lab --arch arm64")
class Arm64(support.Case):
    """One short guest."""

    def test_programs_run_there(self) -> None:
        try:
            foreign.root(arch.ARM64)
            choice.choose(KERNEL, None, arch.ARM64)
        except Refused as refused:
            self.skipTest(f"no packages of arm64: {refused}")
        before, began = support.settings(), time.monotonic()
        done = subprocess.run(
            [sys.executable, os.path.join(support.TOP, "run_tests.py"), "lab", "run", "--arch",
             "arm64", "--kernel", KERNEL, "--nodes", "2", "--memory", "2G", "--results",
             self.programs.results, "--", "func", "--page-size", "2M", "--programs",
             foreign.programs(arch.ARM64), "hugetlb/truncate", "hugetlb/page_sizes",
             "migrate/kept_bits.soft_dirty"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", errors="replace", check=False, timeout=1500)
        print(f"# {time.monotonic() - began:.0f} s")
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        path = find_run("latest", self.programs.results)
        self.assertEqual(load_run(path)["kernel"]["machine"], arch.ARM64.machine)
        verdicts = {point["name"]: point["verdict"] for result in load(path)[1]
                    for point in result["points"]}
        self.assertEqual(verdicts["hugetlb/truncate.private_copy@2M"], "pass")
        # The architecture has no programs of another word size.
        self.assertEqual(verdicts["migrate/kept_bits.soft_dirty"], "skip")
        self.assertEqual(support.settings(), before)


if __name__ == "__main__":
    support.main()
