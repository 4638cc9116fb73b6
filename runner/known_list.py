# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads lists of known issues: the project's own, the machine's, and those named by the user.

doc/formats.md documents an entry, doc/schema/known-issues.schema.json is its schema. Errors in a
list are found here without the library that the schema needs.
"""
from __future__ import annotations

import errno
import glob
import json
import os
import re
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from .entries import kernel_range, object_of, texts, word
from .errors import Refused, why
from .kernels import Kernel, Range
from .known import Counter, Demands, Issue
from .text import clean
from .verdicts import BAD

FORMATS = (1, 2, 3)
FOLDER = "/etc/hugeproof/known.d"
# The variable that names another folder in its place; empty: none.
FOLDER_VARIABLE = "HUGEPROOF_KNOWN_D"
MAX_NAMED = 3
# The most characters of a list, because some files have no end.
MAX_LIST = 16 << 20
# The verdicts that a program may have independently of its points.
_BESIDE_POINTS = frozenset(("kernel", "leak", "crash", "timeout", "panic"))
_KEYS = frozenset(("id", "points", "verdicts", "reason", "link", "machine", "since", "fixed",
                   "distributions", "demands", "intermittent", "damages"))
_DEMANDS = frozenset(("log", "reason", "errno", "counters"))
_COUNTER = frozenset(("name", "least", "most"))


def _pattern(text: str, what: str) -> "re.Pattern[str]":
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{what}: {text} is no regular expression: {error}") from None


def _counter(value: Any) -> Counter:
    if isinstance(value, str) and value:
        return Counter(value)
    entry = object_of(value, "counters: an entry", _COUNTER)
    least, most = entry.get("least"), entry.get("most")
    for key in ("least", "most"):
        if key in entry and (isinstance(entry[key], bool) or not isinstance(entry[key], int)):
            raise ValueError(f"counters: {key} is not a whole number")
    if least is not None and most is not None and least > most:
        raise ValueError("counters: least is more than most")
    return Counter(word(entry, "name"), least, most)


def _counters(entry: Dict[str, Any]) -> Tuple[Counter, ...]:
    value = entry.get("counters", [])
    if not isinstance(value, list) or ("counters" in entry and not value):
        raise ValueError("counters is not a list of counters")
    return tuple(map(_counter, value))


def _ways(value: Any) -> Tuple[Demands, ...]:
    """The demands of an issue: one object, or several alternatives."""
    if isinstance(value, list) and value:
        return tuple(map(_demands, value))
    return (_demands(value),)


def _demands(value: Any) -> Demands:
    entry = object_of(value, "demands", _DEMANDS)
    if not entry:
        raise ValueError("demands must name something")
    log = entry.get("log", [])
    lines = (log,) if isinstance(log, str) and log else texts(entry, "log", "log" in entry)
    reason, name = word(entry, "reason", False), word(entry, "errno", False)
    if name and (not re.match(r"E[A-Z0-9]+\Z", name) or not hasattr(errno, name)):
        raise ValueError(f"errno: {name} is no name such as ENOMEM")
    return Demands(tuple(_pattern(line, "log") for line in lines),
                   _pattern(reason, "reason") if reason else None, name,
                   _counters(entry))


def _intermittent(entry: Dict[str, Any]) -> Union[bool, Tuple[str, ...]]:
    value = entry.get("intermittent", False)
    return value if isinstance(value, bool) else texts(entry, "intermittent", 1)


def _damages(entry: Dict[str, Any]) -> bool:
    value = entry.get("damages", False)
    if not isinstance(value, bool):
        raise ValueError("damages is neither true nor false")
    return value


def _issue(entry: Any, form: int) -> Issue:
    if not isinstance(entry, dict):
        raise ValueError("not an object")
    common = (word(entry, "id"), texts(entry, "points", 1), texts(entry, "verdicts", 1),
              word(entry, "reason"), word(entry, "link"))
    for verdict in common[2]:
        if verdict not in BAD:
            raise ValueError(f"{verdict} is not a verdict that can be known")
    if form == 1:
        old = texts(entry, "kernels")
        for text in old:
            if not re.match(r"(\d+(\.\d+)*)?\.\.(\d+(\.\d+)*)?\Z", text):
                raise ValueError(f"kernels: {text} is not MIN..MAX")
        return Issue(*common, Range(old=old), texts(entry, "machine"))
    object_of(entry, f"an issue of format {form}", _KEYS)
    return Issue(*common, kernel_range(entry), texts(entry, "machine"),
                 _ways(entry["demands"]) if "demands" in entry else (),
                 _intermittent(entry), _damages(entry))


def read(path: str) -> List[Issue]:
    """The issues in one list, for all kernels. Raises Refused for a list that cannot be used."""
    return _read(path)[1]


def _read(path: str) -> Tuple[int, List[Issue]]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(MAX_LIST + 1)
        if len(text) > MAX_LIST:
            raise Refused(f"the known issues {clean(path)} are longer than {MAX_LIST >> 20} MB")
        content = json.loads(text)
    except OSError as error:
        raise Refused(f"cannot read the known issues {clean(path)}: {why(error)}") from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"{clean(path)} is not JSON: {clean(str(error))}") from None
    form = content.get("format") if isinstance(content, dict) else None
    if isinstance(form, bool) or form not in FORMATS or not isinstance(
            content.get("issues"), list):
        raise Refused(f"{clean(path)} is not a list of known issues of format 1, 2 or 3")
    issues: List[Issue] = []
    for number, entry in enumerate(content["issues"], 1):
        try:
            issue = _issue(entry, form)
        except ValueError as error:
            raise Refused(f"{clean(path)}: issue {number}: {clean(str(error))}") from None
        if any(issue.id == other.id for other in issues):
            raise Refused(f"{clean(path)}: two issues have the id {clean(issue.id)}")
        issues.append(issue)
    return form, issues


def _explains_nothing(issue: Issue) -> bool:
    """True when an issue demands nothing, so that it can explain only points, and names no points
    or no verdict that points can have."""
    beside = [verdict for verdict in issue.verdicts if verdict in _BESIDE_POINTS]
    points = any(set(pattern.partition("@")[0]) & set(".*?[") for pattern in issue.points)
    return not issue.demands and len(beside) == len(issue.verdicts) and (
        not points or set(beside) <= {"kernel", "panic"})


def notes(named: Optional[Sequence[str]]) -> List[str]:
    """A line for each list of an older format with entries that do not explain everything any more
    that they explained then. Raises Refused."""
    lines = []
    for path in files(named or ()):
        form, issues = _read(path)
        ids = [issue.id for issue in issues if form < 3 and _explains_nothing(issue)]
        if ids:
            more = f" and {len(ids) - MAX_NAMED} more" if len(ids) > MAX_NAMED else ""
            lines.append(clean(f"{path} is of format {form}: without demands, as format 3 has "
                               f"them, nothing is explained by {', '.join(ids[:MAX_NAMED])}{more}",
                               1000))
    return lines


def folder() -> str:
    """The folder with the machine's own lists; empty: none."""
    return os.environ.get(FOLDER_VARIABLE, FOLDER)


def files(named: Sequence[str] = ()) -> List[str]:
    """The paths of the lists in the order in which they are read: the project's own, the machine's,
    those named."""
    machine = sorted(glob.glob(os.path.join(glob.escape(folder()), "*.json"))) if folder() else []
    return [own()] * os.path.exists(own()) + machine + list(named)


def own() -> str:
    """The project's own list, which an installed hugeproof may lack."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return os.path.join(here, "known-issues.json")


def load(named: Optional[Sequence[str]], kernel: Kernel, none: bool = False) -> List[Issue]:
    """The issues in all lists that apply to this kernel; an entry replaces one with the same id in
    an earlier list. `none`: no list is read. Raises Refused."""
    if none:
        if named:
            raise Refused("--no-known-issues takes no list at all: leave out --known-issues")
        return []
    found: Dict[str, Issue] = {}
    for path in files(named or ()):
        found.update((issue.id, issue) for issue in read(path))
    return [issue for issue in found.values() if issue.here(kernel)]


def damaging(issues: Sequence[Issue], kernel: Kernel, none: bool = False) -> List[Issue]:
    """The loaded issues that damage the kernel. With `none` those of the project's own list, so
    that a run without known issues does not damage the machine either. Raises Refused."""
    if none and os.path.exists(own()):
        issues = [issue for issue in read(own()) if issue.here(kernel)]
    return [issue for issue in issues if issue.damages]
