# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks and repairs the folder of a run that is to be resumed."""
from __future__ import annotations

import os
import stat
import tempfile
from typing import Any, BinaryIO, FrozenSet, Sequence

from .errors import Refused, why
from .reading import DAMAGED, MAX_LINE
from .text import clean


def whole_size(path: str) -> int:
    """The number of bytes of a file up to its last line feed."""
    with open(path, "rb") as file:
        at = file.seek(0, os.SEEK_END)
        while at:
            begin = max(0, at - (1 << 16))
            file.seek(begin)
            end = file.read(at - begin).rfind(b"\n") + 1
            if end:
                return begin + end
            at = begin
    return 0


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o644)


def refuse_of_others(path: str) -> None:
    """Raises Refused if another user could replace files in the folder of a run by links to other
    files. In the lab's guest, the folder belongs to the user of QEMU, and is no other's."""
    if os.environ.get("HUGEPROOF_LAB"):
        return
    out = os.path.join(path, "out")
    for name in (os.path.realpath(path), *([out] if os.path.lexists(out) else [])):
        try:
            status = os.lstat(name)
        except OSError as error:
            raise Refused(f"cannot read {clean(name)}: {why(error)}") from None
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise Refused(f"{clean(name)} is not a folder of this user, and another one could make "
                          "the files in it links to yours: go on as its owner, or with a copy")
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise Refused(f"other users can write to {clean(name)}, and could make the files in it "
                          "links to yours: if you trust what it holds, remove their permission "
                          "(chmod go-w)")


def put_aside(path: str, damaged: Sequence[int]) -> None:
    """Moves the lines at these positions out of results.jsonl."""
    name = os.path.join(path, "results.jsonl")
    with open(name, "rb") as file, tempfile.NamedTemporaryFile(
            dir=path, delete=False) as whole, open(os.path.join(path, DAMAGED), "ab",
                                                   opener=_no_link) as aside:
        try:
            os.fchmod(whole.fileno(), 0o644)
            _divide(file, frozenset(damaged), whole, aside)
            for kept in (aside, whole):
                kept.flush()
                os.fsync(kept.fileno())
            os.rename(whole.name, name)
        except BaseException:
            os.unlink(whole.name)
            raise


def _divide(file: BinaryIO, damaged: FrozenSet[int], whole: Any, aside: Any) -> None:
    """Copies each line to one of two files, in pieces, because damaged lines may be very long."""
    at, to, begins = 0, whole, True
    for piece in iter(lambda: file.readline(MAX_LINE), b""):
        if begins:
            to = aside if at in damaged else whole
        to.write(piece)
        at, begins = at + len(piece), piece.endswith(b"\n")
