# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends the record of a run as it grows."""
from __future__ import annotations

import os
import re
from typing import Callable, Dict, Tuple

from .frames import MAX_DATA

_WHOLE = ("run.json", "running")
_RESULTS = "results.jsonl"
_NAME = re.compile(rb'\{"name": "([^"\\]*)"')


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _piece(path: str, begin: int, end: int) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(begin)
            return file.read(max(end - begin, 0))
    except OSError:
        return b""


def streams(name: str) -> Tuple[str, str]:
    """The files of the output of a run of a program."""
    base = "out/" + name.replace("/", "-")
    return base + ".out", base + ".err"


class Sender:
    """What was sent of the record in a folder. `tell` sends a frame: its kind, the data, the
    rest."""

    def __init__(self, folder: str, tell: Callable[..., None]) -> None:
        self._folder, self._tell = folder, tell
        # What is there already came from the other side.
        self._sent: Dict[str, int] = {_RESULTS: _size(self._path(_RESULTS))}
        self._states = {"run.json": self._state("run.json")}
        self._name = ""

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _state(self, name: str) -> Tuple[int, ...]:
        try:
            found = os.stat(self._path(name))
            return found.st_ino, found.st_size, found.st_mtime_ns
        except OSError:
            return ()

    def send(self) -> None:
        """Sends what is new: the output of programs before the lines of results about them, and
        files of which a part would be of no use as a whole."""
        size = _size(self._path(_RESULTS))
        for name in _WHOLE:
            state = self._state(name)
            if state and state != self._states.get(name):
                self._states[name] = state
                if name == "running":
                    self._begins()
                self.whole(name)
        new = _piece(self._path(_RESULTS), self._sent[_RESULTS], size)
        for line in new.split(b"\n"):
            match = _NAME.match(line)
            if match:
                self._streams(match.group(1).decode())
        self._streams(self._name)
        self._rest(_RESULTS, size)

    def _begins(self) -> None:
        """Another program runs, or the same once more, whose output begins anew."""
        self._streams(self._name)
        text = _piece(self._path("running"), 0, 4096).decode("utf-8", "replace")
        self._name = text.split("\n")[0]
        for each in streams(self._name):
            self._sent.pop(each, None)

    def _streams(self, name: str) -> None:
        for each in streams(name) if name else ():
            self._rest(each, _size(self._path(each)))

    def _rest(self, name: str, size: int) -> None:
        at = self._sent.get(name, 0)
        while at < size:
            data = _piece(self._path(name), at, min(size, at + MAX_DATA))
            if not data:
                break
            self._tell("part", data, name=name, at=at)
            at += len(data)
        self._sent[name] = at

    def whole(self, name: str) -> None:
        """Sends a file as a whole."""
        data = _piece(self._path(name), 0, _size(self._path(name)))
        for at in range(0, len(data) or 1, MAX_DATA):
            self._tell("whole", data[at:at + MAX_DATA], name=name, more=at + MAX_DATA < len(data))
