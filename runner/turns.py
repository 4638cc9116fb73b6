# SPDX-License-Identifier: LGPL-2.1-or-later
"""What runs next where several guests share a run: the lab's host says it, one at a time, each in
a file of its own in the run's folder, and the next once the result of the last is there."""
from __future__ import annotations

import os
import time
from typing import Iterator, List, Tuple

from .endings import Signals
from .errors import Interrupted, Refused
from .plan import Planned
from .text import clean

# How often it is looked for.
LOOK_SECONDS = 0.02


def name_of(number: int) -> str:
    """The file of a turn, from 1. A whole one ends with the end of a line."""
    return f"turn-{number}"


def turns(folder: str, plan: List[Planned], signals: Signals) -> Iterator[Tuple[int, Planned]]:
    """What is planned, as its turn comes, with its number in the plan, from 1. Raises
    Interrupted, and Refused for what is not planned."""
    places = {planned.name: number for number, planned in enumerate(plan)}
    turn = 1
    while True:
        name = _wait(os.path.join(folder, name_of(turn)), signals)
        if not name:
            return
        if name not in places:
            raise Refused(f"the host hands out {clean(name)}, which is not planned")
        yield places[name] + 1, plan[places[name]]
        turn += 1


def _wait(path: str, signals: Signals) -> str:
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
