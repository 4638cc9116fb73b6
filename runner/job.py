# SPDX-License-Identifier: LGPL-2.1-or-later
"""A request together with all that it takes to carry it out."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .known import Issue
from .plan import Planned
from .request import Request

Json = Dict[str, Any]


@dataclass
class Job:
    """What is to be run. `seed` and `time_scale` are those asked for, the default's or a resumed
    run's; `argv` is our command line, `inherited` what inherited.settle() found; `resumed` the
    folder and the record of a run to go on with."""

    request: Request = field(default_factory=Request)
    plan: List[Planned] = field(default_factory=list)
    seed: int = 1
    time_scale: float = 1.0
    issues: Sequence[Issue] = ()
    argv: Sequence[str] = ()
    inherited: Dict[str, List[str]] = field(default_factory=dict)
    resumed: Optional[Tuple[str, Json]] = None
