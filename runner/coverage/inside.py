# SPDX-License-Identifier: LGPL-2.1-or-later
"""In the guest: saves the kernel's coverage counters for each program."""
from __future__ import annotations

import contextlib
import os
import time
from typing import List

from ..errors import Refused, why
from ..text import clean

# The host sets this variable for a guest whose kernel has counters.
ASKED = "HUGEPROOF_COVERAGE"
GCOV = "/sys/kernel/debug/gcov"
FOLDER, BOOT = "coverage", "boot"
# The least seconds between two saves of the counters while a program runs, when it reports a point,
# so that they are not lost when the guest dies.
LOOK_SECONDS = 2.0


def file_name(name: str) -> str:
    """The name of the file of a program's counters in FOLDER."""
    return name.replace("/", "-")


class Collector:
    """Saves the kernel's counters in a run's folder, if that was asked for. The counts before the
    first program are those of the boot. Raises Refused."""

    def __init__(self, folder: str, gcov: str = GCOV) -> None:
        self._folder = os.path.join(folder, FOLDER)
        self._reset = os.path.join(gcov, "reset")
        self._gcov, self._name, self._looked = gcov, "", 0.0
        self._paths: List[str] = []
        if not os.environ.get(ASKED):
            return
        for at, _, files in os.walk(gcov):
            self._paths += [os.path.join(at, name) for name in files if name.endswith(".gcda")]
        if not self._paths:
            raise Refused(f"this kernel counts nothing that it executes: no .gcda in {clean(gcov)}")
        self._paths.sort()
        try:
            os.makedirs(self._folder, exist_ok=True)
        except OSError as error:
            raise Refused(f"cannot write {clean(self._folder)}: {why(error)}") from None
        self._name = BOOT
        self.end()

    def begin(self, name: str) -> None:
        """Resets the counters for that program."""
        if not self._paths:
            return
        try:
            with open(self._reset, "w", encoding="ascii") as file:
                file.write("0\n")
        except OSError as error:
            raise Refused(f"cannot write {clean(self._reset)}: {why(error)}") from None
        self._name, self._looked = name, time.monotonic() - LOOK_SECONDS

    def look(self) -> None:
        """Saves the counters while the program runs, if the last time was some seconds ago. Errors
        are left to end(), which meets them again."""
        if self._name and time.monotonic() - self._looked >= LOOK_SECONDS:
            with contextlib.suppress(Refused):
                self._put()
            self._looked = time.monotonic()

    def end(self) -> None:
        """Saves the counters; counts from here on belong to no program."""
        if self._name:
            self._put()
        self._name = ""

    def _put(self) -> None:
        """Writes all counters into one file, each after a line with its size and name. The file is
        renamed when it is complete, because the host may read it at any time."""
        path = os.path.join(self._folder, file_name(self._name))
        try:
            with open(path + ".tmp", "wb") as whole:
                for counted in self._paths:
                    with open(counted, "rb") as file:
                        data = file.read()
                    name = os.path.relpath(counted, self._gcov)
                    whole.write(f"{len(data)} {name}\n".encode("utf-8", "surrogateescape"))
                    whole.write(data)
            os.rename(path + ".tmp", path)
        except OSError as error:
            raise Refused(f"cannot put the kernel's counters aside: {why(error)}") from None
