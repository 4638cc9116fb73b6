#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a program says of page frames that the kernel shows nothing of in /proc/kpageflags."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from typing import Dict

from tap.runner import TAPTestRunner

BUILD = os.environ.get("abs_top_builddir") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(BUILD, "tests", "thp", "shares")
_OTHER_FILE = "mount --bind \"$1\" /proc/kpageflags && exec \"$2\" --case flags_base"
_ENTRY = 8
# So many base pages are looked at for a flag.
_AROUND = (16 << 20) // os.sysconf("SC_PAGE_SIZE")
# KPF_UPTODATE, which is no flag that the case looks at.
_UPTODATE = 1 << 3


def _last_frame() -> int:
    """The end of memory, in base pages."""
    with open("/proc/iomem", encoding="ascii") as file:
        ends = [int(line.split(":")[0].split("-")[1], 16) for line in file if "System RAM" in line]
    return (max(ends) + 1) // os.sysconf("SC_PAGE_SIZE")


def _can_mount() -> bool:
    return os.geteuid() == 0 and not subprocess.run(
        ["unshare", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode


def _beside(path: str) -> "subprocess.CompletedProcess[str]":
    """The case, with another file in the place of /proc/kpageflags."""
    return subprocess.run(["unshare", "-m", "sh", "-c", _OTHER_FILE, "sh", path, PROGRAM],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          check=False, encoding="utf-8")


@unittest.skipUnless(_can_mount(), "needs root, and a mount namespace")
class PageFrames(unittest.TestCase):
    """Base pages whose flags are all 0."""

    def _said(self, entries: Dict[int, int]) -> str:
        """`entries`: what each frame has whose number has that remainder by _AROUND."""
        block = b"".join(entries.get(n, 0).to_bytes(_ENTRY, sys.byteorder) for n in range(_AROUND))
        with tempfile.NamedTemporaryFile() as file:
            if entries:
                for _ in range(0, _last_frame(), _AROUND):
                    file.write(block)
                file.flush()
            else:
                file.truncate(_last_frame() * _ENTRY)
            return _beside(file.name).stdout

    def test_nothing_is_shown(self) -> None:
        """The case is skipped, and the reason has the frame."""
        self.assertRegex(self._said({}),
                         r"(?m)^ok 1 - flags_base # SKIP needs pages that the kernel shows in "
                         r"/proc/kpageflags, which is all zeros around page frame 0x[0-9a-f]+: ")

    def test_others_are_shown(self) -> None:
        """Where the kernel shows one frame of 16 MB, no flags of a mapped one are a failure."""
        said = self._said({7: _UPTODATE})
        self.assertRegex(said, r"(?m)^not ok 1 - flags_base$")
        self.assertIn("KPF_ANON", said)


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(PageFrames)
    sys.exit(not runner.run(suite).wasSuccessful())
