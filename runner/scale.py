# SPDX-License-Identifier: LGPL-2.1-or-later
"""A parameter of loads that takes several values in one run, so that curves can be fitted."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from .errors import Refused
from .text import clean

MOST_VALUES = 20
# The parameters that count something of the machine, all of which is taken by default.
COUNTED = ("threads", "processes", "nodes")
_KEY = re.compile(r"[a-z0-9_]{1,40}\Z")
# A value is a part of the names of figures.
_VALUE = re.compile(r"[0-9A-Za-z.]{1,20}\Z")


@dataclass(frozen=True)
class Scale:
    """The values of a parameter, one after the other; none: those that the machine has."""

    key: str
    values: Tuple[str, ...] = ()

    def text(self) -> str:
        """As --scale takes it."""
        return f"{self.key}={','.join(self.values)}" if self.values else self.key

    def as_json(self) -> Dict[str, Any]:
        """For run.json."""
        return {"key": self.key, "values": list(self.values)}

    def at(self, repeat: int) -> Dict[str, str]:
        """The parameter in a repeat, from 1."""
        return {self.key: self.values[(repeat - 1) % len(self.values)]}

    def settled(self, processors: int, nodes: int) -> "Scale":
        """With values: by default powers of two up to the number of processors, and that
        number; all numbers of nodes. Raises Refused where that is only one."""
        if self.values:
            return self
        most = nodes if self.key == "nodes" else processors
        steps = range(1, most + 1) if self.key == "nodes" else (
            sorted({1 << bit for bit in range(most.bit_length())} | {most}))
        if most < 2:
            raise Refused(f"--scale {self.key}: this machine has only one; name the values, such "
                          f"as {self.key}=1,2,4, or use the lab (--cpus, --nodes)")
        return Scale(self.key, tuple(map(str, steps)))


def parse(text: str) -> Scale:
    """--scale. Raises Refused."""
    key, equals, rest = text.partition("=")
    values = tuple(rest.split(",")) if equals else ()
    if not _KEY.match(key) or not all(map(_VALUE.match, values)):
        raise Refused(f"--scale is KEY=VALUE,VALUE,..., such as size=4M,16M,64M, not {clean(text)}")
    if not values and key not in COUNTED:
        raise Refused(f"--scale {key} needs values, such as {key}=4,16,64: only "
                      f"{', '.join(COUNTED)} have some by default")
    if values and not 2 <= len(set(values)) == len(values) <= MOST_VALUES:
        raise Refused(f"--scale takes 2 to {MOST_VALUES} different values, not {clean(text)}")
    return Scale(key, values)


def recorded(run: Dict[str, Any]) -> Optional[Scale]:
    """That of a run, by its run.json."""
    said = run.get("scale")
    return Scale(str(said["key"]), tuple(map(str, said["values"]))) if said else None
