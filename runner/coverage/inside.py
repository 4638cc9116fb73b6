# SPDX-License-Identifier: LGPL-2.1-or-later
"""In the guest: puts the kernel's counters aside, program by program."""
from __future__ import annotations

import contextlib
import os
import time
from typing import List

from ..errors import Refused, why
from ..text import clean

# The host sets it for a guest whose kernel counts.
ASKED = "HUGEPROOF_COVERAGE"
GCOV = "/sys/kernel/debug/gcov"
FOLDER, BOOT = "coverage", "boot"
# While a program runs its counters are put aside when it reports a point, as often as this: what
# it had executed is then known also when the guest dies of it.
LOOK_SECONDS = 2.0


def file_name(name: str) -> str:
    """What a program's counters are called in FOLDER."""
    return name.replace("/", "-")


class Collector:
    """Writes into a run's folder what the kernel counted; does nothing where nobody asked. What
    was counted before the first program is the boot's. Raises Refused."""

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
        """From here on what is counted is that program's."""
        if not self._paths:
            return
        try:
            with open(self._reset, "w", encoding="ascii") as file:
                file.write("0\n")
        except OSError as error:
            raise Refused(f"cannot write {clean(self._reset)}: {why(error)}") from None
        self._name, self._looked = name, time.monotonic() - LOOK_SECONDS

    def look(self) -> None:
        """The program got on: puts aside what is counted, if that was some time ago. Called
        while it runs, so what goes wrong is end()'s to tell."""
        if self._name and time.monotonic() - self._looked >= LOOK_SECONDS:
            with contextlib.suppress(Refused):
                self._put()
            self._looked = time.monotonic()

    def end(self) -> None:
        """Puts aside what is counted; what comes is nobody's."""
        if self._name:
            self._put()
        self._name = ""

    def _put(self) -> None:
        """One file of them all, each after a line with its size and name; renamed when it is
        whole, for the host may look at any time."""
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
