# SPDX-License-Identifier: LGPL-2.1-or-later
"""A request, with everything that is needed to carry it out."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .budget import Budget
from .known import Issue
from .plan import Planned
from .request import Request
from .skip_list import Skip

Json = Dict[str, Any]


@dataclass
class Job:
    """What is to be run. `seed` and `time_scale` are the requested ones, the defaults, or those of
    a resumed run; `skips` are the entries of skip files that apply here; `argv` is the command
    line of the runner, `inherited` the result of inherited.settle(); `resumed` are the folder and
    the record of the run to be resumed."""

    request: Request = field(default_factory=Request)
    plan: List[Planned] = field(default_factory=list)
    seed: int = 1
    time_scale: float = 1.0
    issues: Sequence[Issue] = ()
    skips: Sequence[Skip] = ()
    argv: Sequence[str] = ()
    budget: Optional[Budget] = None
    inherited: Dict[str, List[str]] = field(default_factory=dict)
    resumed: Optional[Tuple[str, Json]] = None
