# SPDX-License-Identifier: LGPL-2.1-or-later
"""The order of programs where several guests share a run. The lab's host assigns one program at a
time to a guest by a file in the guest's copy of the run's folder, and the next one when the
result of the last has been recorded."""
from __future__ import annotations

import os
import time
from typing import Iterator, List, Tuple

from .endings import Signals
from .errors import Interrupted, Refused
from .plan import Planned
from .text import clean

# How often a file of the host is looked for.
LOOK_SECONDS = 0.02


def name_of(number: int) -> str:
    """The name of the file of an assignment, counted from 1. A complete file ends with a line
    feed; a file that holds nothing else says that nothing is left to run."""
    return f"assignment-{number}"


def assignments(folder: str, plan: List[Planned],
                signals: Signals) -> Iterator[Tuple[int, Planned]]:
    """The planned runs in the order in which they are assigned, each with its number in the plan,
    from 1. Raises Interrupted, and Refused for an assignment that is not in the plan."""
    places = {planned.name: place for place, planned in enumerate(plan)}
    number = 1
    while True:
        name = awaited(os.path.join(folder, name_of(number)), signals)
        if not name:
            return
        if name not in places:
            raise Refused(f"the host hands out {clean(name)}, which is not planned")
        yield places[name] + 1, plan[places[name]]
        number += 1


def awaited(path: str, signals: Signals) -> str:
    """The text of a file that the guest's host puts there, once it is complete: without the line
    feed at its end. Raises Interrupted."""
    while True:
        if signals.requested:
            raise Interrupted(signals.requested)
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            text = ""
        if text.endswith("\n"):
            return text.rstrip("\n")
        time.sleep(LOOK_SECONDS)
