# SPDX-License-Identifier: LGPL-2.1-or-later
"""The evidence about the run of a program, by which it is judged."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence, Tuple

from .observe.counters import Counters
from .plan import Planned
from .run import Ended
from .tap_stream import Tap


@dataclass
class Left:
    """What a program left behind, with a line for each item."""

    processes: List[str] = field(default_factory=list)
    segments: List[str] = field(default_factory=list)
    mounts: List[str] = field(default_factory=list)
    settings: List[str] = field(default_factory=list)

    def as_json(self) -> Dict[str, List[str]]:
        """The lines by kind."""
        return {"processes": self.processes, "segments": self.segments, "mounts": self.mounts,
                "settings": self.settings}


@dataclass
class Evidence:
    """Everything that was observed around one run of a program. `others`: other processes that
    changed the pools meanwhile; `neighbour`: other known users of huge pages on this machine;
    `alone`: there are no other users, as in the lab's guest."""

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
    """What the host observed of a guest that died under a program. `log` is the excerpt to report;
    `found` are the complaints, some of which the excerpt may lack."""

    verdict: str
    reason: str
    log: Sequence[str] = ()
    found: Sequence[Tuple[str, str]] = ()
