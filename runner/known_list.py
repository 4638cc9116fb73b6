# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads lists of known issues: the project's own, the machine's and those that are named.

doc/formats.md tells what an entry holds, doc/schema/known-issues.schema.json the same to
programs. What is wrong in a list is told here without the library that the schema needs.
"""
from __future__ import annotations

import errno
import glob
import json
import os
import re
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from .errors import Refused, why
from .kernels import Distribution, Kernel, Range, parse
from .known import Demands, Issue
from .text import clean
from .verdicts import BAD

FORMATS = (1, 2)
FOLDER = "/etc/hugeproof/known.d"
# Where else that folder is; empty: nowhere.
FOLDER_VARIABLE = "HUGEPROOF_KNOWN_D"
_KEYS = frozenset(("id", "points", "verdicts", "reason", "link", "machine", "since", "fixed",
                   "distributions", "demands", "intermittent"))
_DEMANDS = frozenset(("log", "reason", "errno", "counters"))
_DISTRIBUTION = frozenset(("release", "id", "version", "since", "fixed"))


def _texts(entry: Dict[str, Any], key: str, least: int = 0) -> Tuple[str, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"{key} is not a list of texts")
    if len(value) < least:
        raise ValueError(f"{key} must name something")
    return tuple(value)


def _word(entry: Dict[str, Any], key: str, needed: bool = True) -> str:
    value = entry.get(key, None if needed else "")
    if not isinstance(value, str) or (not value and key in entry) or (needed and not value):
        raise ValueError(f"{key} is missing" if key not in entry else f"{key} is not a text")
    return value


def _object(value: Any, what: str, keys: Iterable[str]) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")
    for key in value:
        if key not in keys:
            raise ValueError(f"{what} has no {key}")
    return value


def _pattern(text: str, what: str) -> "re.Pattern[str]":
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{what}: {text} is no regular expression: {error}") from None


def _demands(value: Any) -> Demands:
    entry = _object(value, "demands", _DEMANDS)
    if not entry:
        raise ValueError("demands must name something")
    log = entry.get("log", [])
    lines = (log,) if isinstance(log, str) and log else _texts(entry, "log", "log" in entry)
    reason, name = _word(entry, "reason", False), _word(entry, "errno", False)
    if name and (not re.match(r"E[A-Z0-9]+\Z", name) or not hasattr(errno, name)):
        raise ValueError(f"errno: {name} is no name such as ENOMEM")
    return Demands(tuple(_pattern(line, "log") for line in lines),
                   _pattern(reason, "reason") if reason else None, name,
                   _texts(entry, "counters", "counters" in entry))


def _distribution(value: Any) -> Distribution:
    entry = _object(value, "distributions: an entry", _DISTRIBUTION)
    found = Distribution(_word(entry, "release"), *(
        _word(entry, key, False) for key in ("id", "version", "since", "fixed")))
    for key in ("since", "fixed"):
        if key in entry and not re.match(r"\d", entry[key]):
            raise ValueError(f"distributions: {key}: {entry[key]} is no release")
    return found


def _range(entry: Dict[str, Any]) -> Range:
    since = _word(entry, "since", False)
    distributions = entry.get("distributions", [])
    if not isinstance(distributions, list):
        raise ValueError("distributions is not a list")
    return Range(parse(since, first=True) if since else None,
                 tuple(map(parse, _texts(entry, "fixed"))),
                 tuple(map(_distribution, distributions)))


def _intermittent(entry: Dict[str, Any]) -> Union[bool, Tuple[str, ...]]:
    value = entry.get("intermittent", False)
    return value if isinstance(value, bool) else _texts(entry, "intermittent", 1)


def _issue(entry: Any, form: int) -> Issue:
    if not isinstance(entry, dict):
        raise ValueError("not an object")
    common = (_word(entry, "id"), _texts(entry, "points", 1), _texts(entry, "verdicts", 1),
              _word(entry, "reason"), _word(entry, "link"))
    for verdict in common[2]:
        if verdict not in BAD:
            raise ValueError(f"{verdict} is not a verdict that can be known")
    if form == 1:
        old = _texts(entry, "kernels")
        for text in old:
            if not re.match(r"(\d+(\.\d+)*)?\.\.(\d+(\.\d+)*)?\Z", text):
                raise ValueError(f"kernels: {text} is not MIN..MAX")
        return Issue(*common, Range(old=old), _texts(entry, "machine"))
    _object(entry, "an issue of format 2", _KEYS)
    return Issue(*common, _range(entry), _texts(entry, "machine"),
                 _demands(entry["demands"]) if "demands" in entry else Demands(),
                 _intermittent(entry))


def read(path: str) -> List[Issue]:
    """The issues of one list, whichever kernel they speak of. Raises Refused for a list
    that cannot be used."""
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        raise Refused(f"cannot read the known issues {clean(path)}: {why(error)}") from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"{clean(path)} is not JSON: {clean(str(error))}") from None
    form = content.get("format") if isinstance(content, dict) else None
    if isinstance(form, bool) or form not in FORMATS or not isinstance(
            content.get("issues"), list):
        raise Refused(f"{clean(path)} is not a list of known issues of format 1 or 2")
    issues: List[Issue] = []
    for number, entry in enumerate(content["issues"], 1):
        try:
            issue = _issue(entry, form)
        except ValueError as error:
            raise Refused(f"{clean(path)}: issue {number}: {clean(str(error))}") from None
        if any(issue.id == other.id for other in issues):
            raise Refused(f"{clean(path)}: two issues have the id {clean(issue.id)}")
        issues.append(issue)
    return issues


def folder() -> str:
    """The folder of the machine's own lists; empty: none."""
    return os.environ.get(FOLDER_VARIABLE, FOLDER)


def files(named: Sequence[str] = ()) -> List[str]:
    """The lists that are read, in their order: ours, the machine's, those named."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    own = os.path.join(here, "known-issues.json")
    machine = sorted(glob.glob(os.path.join(glob.escape(folder()), "*.json"))) if folder() else []
    return [own] * os.path.exists(own) + machine + list(named)


def load(named: Optional[Sequence[str]], kernel: Kernel, none: bool = False) -> List[Issue]:
    """The issues that speak of this kernel, of all lists: the entry of a later one takes the
    place of an earlier one's with the same id. `none`: of no list. Raises Refused."""
    if none:
        if named:
            raise Refused("--no-known-issues takes no list at all: leave out --known-issues")
        return []
    found: Dict[str, Issue] = {}
    for path in files(named or ()):
        found.update((issue.id, issue) for issue in read(path))
    return [issue for issue in found.values() if issue.here(kernel)]
