# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was seen of a program's run, before it is judged."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence, Tuple

from .observe.counters import Counters
from .plan import Planned
from .run import Ended
from .tap_stream import Tap


@dataclass
class Left:
    """What a program left behind; a line for each thing."""

    processes: List[str] = field(default_factory=list)
    segments: List[str] = field(default_factory=list)
    mounts: List[str] = field(default_factory=list)
    settings: List[str] = field(default_factory=list)

    def as_json(self) -> Dict[str, List[str]]:
        """By what it is."""
        return {"processes": self.processes, "segments": self.segments, "mounts": self.mounts,
                "settings": self.settings}


@dataclass
class Evidence:
    """Everything that was seen around one run of a program. `others`: who else moved the
    pools meanwhile; `neighbour`: who else is known to use huge pages of this machine; `alone`:
    nobody else is on it, as in the lab's guest."""

    planned: Planned
    ended: Ended
    tap: Tap
    before: Counters
    after: Counters
    taint: Tuple[int, int] = (0, 0)
    log: List[str] = field(default_factory=list)
    log_lost: int = 0
    left: Left = field(default_factory=Left)
    rest_ms: float = 0.0
    log_processes: List[str] = field(default_factory=list)
    others: Optional[str] = None
    neighbour: Optional[str] = None
    alone: bool = False


@dataclass
class Death:
    """What was seen from outside of a guest that died under a program: `log` is there to show,
    `found` are its complaints, where the log leaves some out."""

    verdict: str
    reason: str
    log: Sequence[str] = ()
    found: Sequence[Tuple[str, str]] = ()
