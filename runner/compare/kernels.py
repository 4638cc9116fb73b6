# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots two kernels alternately in the lab (A B B A), so that changes of the machine's load affect
both alike."""
from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any, Dict, List, Optional, Tuple

from ..commands.common import counted
from ..errors import Interrupted, Refused
from ..lab.order import Order
from ..lab.prepare import check_guest
from ..lab.start import Series
from ..output import say
from ..request import Request
from ..run import Signals
from .sides import Side, of_folders

Json = Dict[str, Any]
BOOTS = 8
# The repeats in each boot, the median of which is one sample.
REPEATS = 3
MOST_BOOTS = 1000


def boots(text: Optional[str]) -> int:
    """--boots."""
    if not text:
        return BOOTS
    return counted(text, "boots", MOST_BOOTS)


def order(boots_each: int) -> str:
    """The order of boots, such as `ABBAABBA`, with that many of each kernel."""
    return "".join("AB" if nth % 2 == 0 else "BA" for nth in range(boots_each))


class Kernels:
    """Two guests, given by their options, each of which is booted `times` times for the request.
    Raises Refused for guests that are not possible, before anything is built."""

    def __init__(self, guests: Tuple[Json, Json], request: Request, times: int) -> None:
        self.guests, self.times = dict(zip("AB", guests)), times
        # Every boot gets the same seed.
        self.request = replace(request, seed=1)
        for options in guests:
            check_guest(options)

    def measure(self, folder: str) -> Tuple[Side, Side]:
        """Boots and measures both kernels; the runs are below the folder. Raises Refused."""
        series = {letter: Series(Order(options, folder, self.request, self.request.words()))
                  for letter, options in self.guests.items()}
        folders: Dict[str, List[str]] = {"A": [], "B": []}
        try:
            with Signals() as signals:
                for nth, letter in enumerate(order(self.times), 1):
                    path = os.path.join(folder, f"{letter}-{len(folders[letter]) + 1}")
                    began = time.monotonic()
                    series[letter].run(path, signals)
                    folders[letter].append(path)
                    say(f"boot {nth} of {2 * self.times}: {letter} "
                        f"({time.monotonic() - began:.0f} s)")
        except Interrupted as interrupted:
            raise Refused(f"interrupted by {interrupted} (what was measured is in "
                          f"{folder})") from None
        before, after = (of_folders(str(self.guests[letter]["kernel"]), folders[letter])
                         for letter in "AB")
        return before, after
