# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the record of a run, and finds damaged parts of it.

Results stay on the disk, because those of 100,000 programs take gigabytes; only their positions are
kept in memory.
"""
from __future__ import annotations

import errno
import json
import math
import os
import stat
from typing import (
    Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Sequence, Set, Tuple, Union, overload)

from .errors import Refused, why
from .parts import joined
from .schema import checker
from .text import clean, count

Json = Dict[str, Any]
# The format that is written; format 1 is read as well.
FORMAT = 2
# The most bytes of a line, and of run.json; runs write less.
MAX_LINE = 16 << 20
MAX_RUN = 64 << 20
MAX_DEPTH = 50
# The most lists and objects, and values; that many are read in less than a second.
MAX_NESTED, MAX_VALUES = 100_000, 500_000
# Numbers that runs write have fewer digits.
MAX_DIGITS = 64
# A file with more damaged lines is refused.
MAX_DAMAGED = 100000
# How many damaged lines are named individually.
MAX_REPORTED = 5
# The file to which a resumed run moves damaged lines.
DAMAGED = "results.damaged"
_DIGITS, _LONG = bytes.maketrans(b"123456789", b"0" * 9), b"0" * (MAX_DIGITS + 1)


def _once(pairs: List[Tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number too large")
    return value


def _short(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("a number too large")
    return int(text)


def _no_number(text: str) -> None:
    raise ValueError(f"{text}, which is no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite,
                            parse_constant=_no_number)
_WARY = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite,
                         parse_constant=_no_number, parse_int=_short)


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for outer in level
                 for item in (outer.values() if isinstance(outer, dict) else outer)
                 if isinstance(item, (dict, list))]
        if not level:
            return False
    return True


def _many(data: bytes) -> bool:
    """True when a text has more values than can be read in a bounded time."""
    if len(data) <= MAX_NESTED:
        return False
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    if plain.count(b'"') > 4 * MAX_VALUES:
        return True
    plain = b"".join(plain.split(b'"')[::2])  # Not what is in strings.
    nested = plain.count(b"[") + plain.count(b"{")
    return nested > MAX_NESTED or nested + plain.count(b",") > MAX_VALUES


def parse(data: bytes) -> Any:
    """Parses JSON as runs write it: UTF-8 without a byte order mark, finite numbers, no key twice,
    not too deep, not too many values. Raises ValueError with the error."""
    if _many(data):
        raise ValueError("too many values")
    try:
        text = data.decode("utf-8")
        value = (_WARY if _LONG in data.translate(_DIGITS) else _DECODER).decode(text)
    except RecursionError:
        raise ValueError("not JSON: too deep") from None
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except json.JSONDecodeError:
        raise ValueError("not JSON") from None
    if isinstance(value, (dict, list)) and _deep(value):
        raise ValueError("not JSON of ours: too deep")
    return value


def _result(data: bytes) -> Json:
    """A line of results.jsonl, with defaults for fields that readers need. Raises ValueError."""
    value = parse(data)
    wrong = checker("result")(value)
    if wrong:
        raise ValueError(wrong)
    return _filled(value)


def _filled(value: Json) -> Json:
    for point in value.setdefault("points", []):
        point.setdefault("diagnostics", {})
    for key, kind in (("counters", dict), ("left", dict), ("log", list), ("complaints", list),
                      ("log_processes", list)):
        value.setdefault(key, kind())
    value["counters"].setdefault("delta", {})
    value.setdefault("duration_ms", 0)
    return value


def opened(path: str, folder: Optional[int] = None) -> BinaryIO:
    """Opens a regular file for reading, by its name in the open `folder` if there is one. Anything
    else is refused: reading a pipe or a device might never end, and a link may lead to a file that
    only the reader may read. Raises OSError."""
    # Opening a pipe must not wait for its writer.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(path if folder is None else os.path.basename(path), flags, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.EINVAL, "not a regular file") from None
        raise
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "not a regular file")
    return open(fd, "rb")


def _lines(file: BinaryIO) -> Iterator[Tuple[int, Optional[bytes]]]:
    """The position of each line, and the line, or None if it is too long. An incomplete last line
    is left out."""
    at = 0
    while True:
        line = file.readline(MAX_LINE)
        begin, at = at, at + len(line)
        long = not line.endswith(b"\n") and len(line) == MAX_LINE
        while long and line and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE)
            at += len(line)
        if not line.endswith(b"\n"):
            return
        yield begin, None if long else line


class Results(Sequence[Json]):
    """The results of a run in order, each read from results.jsonl when it is accessed. If there are
    two of one name, the last one counts, unless they are parts of one run. `folder`: see opened().

    Reading a long record takes minutes: `each_line` is called for each line and may raise
    an exception to end it. `damaged` has the first few damaged lines, with the errors. Raises
    Refused, also later, where the file cannot be read.
    """

    def __init__(self, path: str, each_line: Callable[[], object] = lambda: None,
                 folder: Optional[int] = None) -> None:
        self.path, self._folder = path, folder
        self._each_line = each_line
        self.damaged: List[str] = []
        self.damaged_at: List[int] = []
        # Position and hash of each line of a result: the file may be changed by another user.
        self._index: List[Tuple[Tuple[int, int], ...]] = []
        try:
            with opened(path, folder) as file:
                self._find(file)
        except OSError as error:
            raise Refused(f"cannot read {clean(path)}: {why(error)}") from None

    def _find(self, file: BinaryIO) -> None:
        places: Dict[str, Tuple[Tuple[int, int], ...]] = {}
        unfinished: Set[str] = set()
        for number, (at, line) in enumerate(_lines(file), 1):
            self._each_line()
            try:
                if line is None:
                    raise ValueError(f"longer than {MAX_LINE >> 20} MB")
                if line == b"\n":
                    raise ValueError("not JSON")
                value = _result(line)
            except ValueError as error:
                self.damaged_at.append(at)
                if len(self.damaged_at) > MAX_DAMAGED:
                    raise Refused(f"{clean(self.path)} has more than {MAX_DAMAGED} damaged lines: "
                                  "it is not used") from None
                if len(self.damaged) < MAX_REPORTED:
                    self.damaged.append(f"line {number}: {clean(str(error), 200)}")
                continue
            name = value["name"]
            before, line_at = places.pop(name, ()), (at, hash(line))
            places[name] = (*before, line_at) if name in unfinished else (line_at,)
            (unfinished.add if value.get("rest") else unfinished.discard)(name)
        self._index = list(places.values())

    def _read(self, file: BinaryIO, places: Tuple[Tuple[int, int], ...]) -> Json:
        whole: Optional[Json] = None
        for at, was in places:
            file.seek(at)
            line = file.readline(MAX_LINE)
            if hash(line) != was:
                raise Refused(f"{clean(self.path)} was changed while it was read")
            value = _filled(json.loads(line))
            whole = joined(whole, value) if whole else value
        assert whole is not None
        return whole

    def __iter__(self) -> Iterator[Json]:
        try:
            with opened(self.path, self._folder) as file:
                for places in self._index:
                    self._each_line()
                    yield self._read(file, places)
        except OSError as error:
            raise Refused(f"cannot read {clean(self.path)}: {why(error)}") from None

    def __len__(self) -> int:
        return len(self._index)

    @overload
    def __getitem__(self, which: int) -> Json: ...

    @overload
    def __getitem__(self, which: slice) -> List[Json]: ...

    def __getitem__(self, which: Union[int, slice]) -> Union[Json, List[Json]]:
        if isinstance(which, slice):
            return [self[number] for number in range(*which.indices(len(self)))]
        with opened(self.path, self._folder) as file:
            return self._read(file, self._index[which])

    def damage(self) -> Optional[str]:
        """One line about the damaged lines; None if there are none."""
        if not self.damaged_at:
            return None
        more = len(self.damaged_at) - len(self.damaged)
        return (f"{clean(self.path)}: {'; '.join(self.damaged)}"
                + (f"; and {count(more, 'more line')}" if more else "")
                + " (damaged, and left out: the run is not complete)")


def load_run(path: str, folder: Optional[int] = None) -> Json:
    """run.json of a run. `folder`: as of opened(). Raises Refused."""
    file = os.path.join(path, "run.json")
    try:
        with opened(file, folder) as content:
            data = content.read(MAX_RUN + 1)
        run = parse(data) if len(data) <= MAX_RUN else "long"
        wrong = checker("run")(run)
    except OSError as error:
        raise Refused(f"cannot read {clean(file)}: {why(error)}") from None
    except ValueError as error:
        raise Refused(f"{clean(file)} cannot be used: {clean(str(error))}") from None
    if wrong:
        raise Refused(f"{clean(file)} is not the record of a run of format 1 or 2: {clean(wrong)}")
    return dict(run)


def load(path: str, each_line: Callable[[], object] = lambda: None,
         folder: Optional[int] = None) -> Tuple[Json, Results]:
    """The record of a run: run.json, and the results; `each_line` is called for each line that is
    read. `folder`: as of opened(). Raises Refused."""
    return load_run(path, folder), Results(os.path.join(path, "results.jsonl"), each_line, folder)
