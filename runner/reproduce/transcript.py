# SPDX-License-Identifier: LGPL-2.1-or-later
"""Parses the transcript of a scenario (lib/model/transcript.h) in the `history` of a failed point.
Because it comes from a record, every word is checked against what scenarios can do."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

BEGINNING = "replay 1 "
FLAVOURS = {"shared": "MAP_SHARED", "private": "MAP_PRIVATE",
            "shared_noreserve": "MAP_SHARED | MAP_NORESERVE",
            "private_noreserve": "MAP_PRIVATE | MAP_NORESERVE"}
# The operations, with the number of their arguments; for some the last one is whether they succeed.
_NUMBERS = {"map": 2, "read": 3, "write": 3, "drop": 2, "unmap": 0, "fork": 0, "exit": 0,
            "cut": 1, "punch": 2, "allocate": 3, "resize": 1, "home": 1, "close": 0, "=": 4}
_CHILDS = ("read", "write", "drop", "unmap")
_NUMBER = re.compile(r"-?[0-9]{1,18}\Z")
# The most pages of a file, and of a pool of a scenario.
_MOST_PAGES = 1 << 20


class NoTranscript(Exception):
    """The reason why a text is not a usable transcript."""


@dataclass(frozen=True)
class Act:
    """An operation or an expectation, of the parent or its child."""

    verb: str
    numbers: Tuple[int, ...] = ()
    child: bool = False


@dataclass(frozen=True)
class Transcript:
    """A scenario: the mmap flags of its mappings, the size of a huge page (kB), the allowed
    surplus, the number of nodes, the initial counters (total, free, reserved, surplus), and the
    operations."""

    flags: str
    page_kb: int
    overcommit: int
    nodes: int
    begins: Tuple[int, int, int, int]
    acts: Tuple[Act, ...]


def _numbers(words: List[str]) -> Tuple[int, ...]:
    if not all(_NUMBER.match(word) for word in words):
        raise NoTranscript("a number of its transcript is none")
    return tuple(map(int, words))


def _act(text: str) -> Act:
    words = text.split()
    child = words[:1] == ["child"]
    verb, *rest = words[1:] if child else words or [""]
    if verb not in _NUMBERS or (child and verb not in _CHILDS) or len(rest) != _NUMBERS[verb]:
        raise NoTranscript(f"a scenario has no step like this: {text[:40]}")
    numbers = _numbers(rest)
    if verb in ("read", "write") and not 0 <= numbers[0] <= _MOST_PAGES or (
            verb not in ("=", "read", "write")) and not all(0 <= n <= _MOST_PAGES for n in numbers):
        raise NoTranscript(f"a scenario has no such pages: {text[:40]}")
    return Act(verb, numbers, child)


def parse(history: Optional[str]) -> Transcript:
    """Parses a transcript. Raises NoTranscript."""
    if not history or not history.startswith(BEGINNING):
        raise NoTranscript("its record has no transcript of what was done: only scenarios of the "
                           "model have one")
    head, *rest = [part.strip() for part in history[len(BEGINNING):].split(";")]
    if rest[-1:] == ["..."]:
        raise NoTranscript("it did more than its transcript has room for")
    flavour, *words = head.split()
    numbers = _numbers(words)
    if flavour not in FLAVOURS or len(numbers) != 7 or not 4 <= numbers[0] <= 1 << 30 or (
            numbers[0] & (numbers[0] - 1)):
        raise NoTranscript("its transcript begins like none of ours")
    # The program is run by root: a larger pool than scenarios have could take all memory.
    if not all(0 <= number <= _MOST_PAGES for number in numbers[1:]):
        raise NoTranscript("no scenario has such a pool as its transcript begins with")
    acts = tuple(map(_act, rest))
    if any(act.verb == "home" for act in acts):
        raise NoTranscript("it moves between nodes, which a program that is to run anywhere "
                           "cannot")
    _check_order(acts)
    return Transcript(FLAVOURS[flavour], numbers[0], numbers[1], numbers[2],
                      (numbers[3], numbers[4], numbers[5], numbers[6]), acts)


def _check_order(acts: Tuple[Act, ...]) -> None:
    alive = mapped = False
    for act in acts:
        wrong: Dict[str, bool] = {"fork": alive, "exit": not alive}
        if wrong.get(act.verb) or (act.child and not alive):
            raise NoTranscript("its transcript has a child that is not there")
        if act.verb in _CHILDS and not act.child and not mapped:
            raise NoTranscript("its transcript uses a mapping that is not there")
        alive = act.verb == "fork" or (alive and act.verb != "exit")
        mapped = act.verb == "map" or (mapped and (act.verb != "unmap" or act.child))
