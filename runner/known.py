# SPDX-License-Identifier: LGPL-2.1-or-later
"""Known issues: what is expected to fail here, and why (known-issues.json)."""
from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, List, Optional, Sequence, Tuple

from .errors import Refused, why
from .text import clean
from .verdicts import BAD

Version = Tuple[int, ...]


def version(text: str) -> Version:
    """The numbers a kernel release begins with: `6.18.44-1-amd64` -> (6, 18, 44)."""
    match = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def in_range(release: str, text: str) -> bool:
    """True when MIN..MAX covers the release. A bound covers all that it begins:
    6.11.5 lies within ..6.11."""
    low, high = (version(bound) for bound in text.split(".."))
    now = version(release)
    padded = now + (0,) * (len(low) - len(now))
    return (not low or padded >= low) and (not high or now[:len(high)] <= high)


@dataclass(frozen=True)
class Issue:
    """An entry of the list."""

    id: str
    points: Tuple[str, ...]
    verdicts: Tuple[str, ...]
    kernels: Tuple[str, ...]
    machine: Tuple[str, ...]
    reason: str
    link: str

    def here(self, release: str, machine: str) -> bool:
        """True when it speaks of this kernel on this kind of machine."""
        return (not self.kernels or any(in_range(release, r) for r in self.kernels)) and (
            not self.machine or machine in self.machine)

    def explains(self, name: str, verdict: str) -> bool:
        """True when it expects the verdict of the point (or program@size) of that name,
        whichever way the program is built."""
        name = name.replace("-32bit", "").partition("#")[0]
        return verdict in self.verdicts and any(fnmatchcase(name, p) for p in self.points)


def _texts(entry: Any, key: str) -> Tuple[str, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{key} is not a list of texts")
    return tuple(value)


def _word(entry: Any, key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} is missing")
    return value


def _issue(entry: Any) -> Issue:
    if not isinstance(entry, dict):
        raise ValueError("not an object")
    issue = Issue(_word(entry, "id"), _texts(entry, "points"), _texts(entry, "verdicts"),
                  _texts(entry, "kernels"), _texts(entry, "machine"), _word(entry, "reason"),
                  _word(entry, "link"))
    if not issue.points or not issue.verdicts:
        raise ValueError("points and verdicts must name something")
    for verdict in issue.verdicts:
        if verdict not in BAD:
            raise ValueError(f"{verdict} is not a verdict that can be known")
    for text in issue.kernels:
        if not re.match(r"(\d+(\.\d+)*)?\.\.(\d+(\.\d+)*)?\Z", text):
            raise ValueError(f"kernels: {text} is not MIN..MAX")
    return issue


def load(path: Optional[str], release: str, machine: str) -> List[Issue]:
    """The issues that speak of this machine. Without a path: the project's own
    list, if it is there. Raises Refused for a list that cannot be used."""
    if path is None:
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        path = os.path.join(here, "known-issues.json")
        if not os.path.exists(path):
            return []
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        raise Refused(f"cannot read the known issues {clean(path)}: {why(error)}") from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"{clean(path)} is not JSON: {clean(str(error))}") from None
    if not isinstance(content, dict) or content.get("format") != 1 or not isinstance(
            content.get("issues"), list):
        raise Refused(f"{clean(path)} is not a list of known issues of format 1")
    issues: List[Issue] = []
    for number, entry in enumerate(content["issues"], 1):
        try:
            issue = _issue(entry)
        except ValueError as error:
            raise Refused(f"{clean(path)}: issue {number}: {clean(str(error))}") from None
        if any(issue.id == other.id for other in issues):
            raise Refused(f"{clean(path)}: two issues have the id {clean(issue.id)}")
        issues.append(issue)
    return [issue for issue in issues if issue.here(release, machine)]


def explain(issues: Sequence[Issue], name: str, verdict: str) -> Optional[str]:
    """The id of the issue that expects this, or None."""
    if verdict not in BAD:
        return None
    return next((issue.id for issue in issues if issue.explains(name, verdict)), None)
