# SPDX-License-Identifier: LGPL-2.1-or-later
"""The journal: what was changed on the machine, and the way back.

A change is written down before it is made (doc/formats.md), so whoever comes
after a cut run can take it back.
"""
from __future__ import annotations

import ctypes
import errno
import json
import os
import stat
import sys
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional

from ..errors import Refused, why
from ..observe import processes
from ..text import clean, decode
from .lock import STATE

FOLDER = STATE + "/journal"
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8
_IPC_RMID = 0
_KPF_HWPOISON = 19
_EBUSY, _EINVAL, _EIDRM = 16, 22, 43

Record = Dict[str, Any]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def write_setting(path: str, value: str) -> None:
    """Writes to an existing file of sysfs, procfs or a cgroup; raises OSError."""
    fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(_EINVAL, "not a regular file")
        os.write(fd, (value + "\n").encode())
    finally:
        os.close(fd)


def _write(path: str, value: str) -> None:
    try:
        write_setting(path, value)
    except OSError as error:
        # A controller that others have begun to use, or that was never ours to hand out.
        if not path.endswith("/cgroup.subtree_control") or error.errno not in (
                errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS):
            raise


def _unpoison(path: str, frame: str) -> None:
    """Makes a page frame good again if it is still bad."""
    with open("/proc/kpageflags", "rb") as flags:
        flags.seek(int(frame, 0) * 8)
        word = flags.read(8)
    if len(word) == 8 and int.from_bytes(word, sys.byteorder) >> _KPF_HWPOISON & 1:
        write_setting(path, frame)


def remove_segment(shmid: int) -> None:
    """IPC_RMID; passes over a segment that is gone already."""
    try:
        _call(_libc().shmctl(shmid, _IPC_RMID, None))
    except OSError as error:
        if error.errno not in (_EINVAL, _EIDRM):
            raise


def _unmount(path: str) -> None:
    libc, name = _libc(), os.fsencode(path)
    try:
        _call(libc.umount2(name, _UMOUNT_NOFOLLOW))
    except OSError as error:
        if error.errno == _EBUSY:
            _call(libc.umount2(name, _MNT_DETACH | _UMOUNT_NOFOLLOW))
        elif error.errno != _EINVAL:
            raise


_UNDO: Dict[str, Callable[[Record], None]] = {
    "write": lambda r: _write(r["path"], r["value"]),
    "umount": lambda r: _unmount(r["path"]),
    "rmdir": lambda r: os.rmdir(r["path"]),
    "unlink": lambda r: os.unlink(r["path"]),
    "unpoison": lambda r: _unpoison(r["path"], r["value"]),
    "shm_remove": lambda r: remove_segment(r["id"]),
}


def _well_formed(record: Any) -> bool:
    if not isinstance(record, dict) or record.get("undo") not in _UNDO:
        return False
    if record["undo"] == "shm_remove":
        return isinstance(record.get("id"), int)
    path = record.get("path")
    if not isinstance(path, str) or not path.startswith("/") or "\0" in path:
        return False
    return record["undo"] not in ("write", "unpoison") or isinstance(record.get("value"), str)


def _told(record: Record) -> str:
    if record["undo"] == "unpoison":
        return f"page frame {record['value']} unpoisoned"
    if record["undo"] == "write":
        return f"{record['path']} to {record['value']}"
    return f"{record['undo']} {record.get('path', record.get('id'))}"


@dataclass
class Journal:
    """A journal as read from disk. `trouble` says why it cannot be trusted."""

    path: str
    owner: str = ""
    pid: int = 0
    start: int = 0
    records: List[Record] = field(default_factory=list)
    trouble: str = ""

    @property
    def stale(self) -> bool:
        """True when nobody is left who would undo it."""
        return not self.trouble and not (self.pid and processes.lives(self.pid, self.start))


def _parse(journal: Journal, data: bytes) -> Optional[str]:
    """Fills the journal; returns what is wrong with it."""
    # Without its newline the last line was cut, and its change not yet made.
    lines = data.split(b"\n")[:-1]
    values: List[Any] = []
    for number, line in enumerate(lines, 1):
        try:
            values.append(json.loads(decode(line)))
        except (ValueError, RecursionError):
            return f"line {number} is not JSON"
    if not values:
        return None
    head = values[0]
    if not isinstance(head, dict) or head.get("format") != 1:
        return "its first line is not that of a journal of format 1"
    if not isinstance(head.get("pid"), int) or not isinstance(head.get("start"), int):
        return "its first line lacks pid or start"
    journal.owner, journal.pid = str(head.get("owner", "")), head["pid"]
    journal.start = head["start"]
    for number, record in enumerate(values[1:], 2):
        if not _well_formed(record):
            return f"line {number} is not a record"
        journal.records.append(record)
    return None


def load(path: str) -> Journal:
    """Reads one journal; a file that is none has `trouble`."""
    journal = Journal(path)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        journal.trouble = why(error)
        return journal
    with open(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            journal.trouble = "not a regular file"
            return journal
        trouble = _parse(journal, file.read(1 << 22))
    journal.trouble = trouble or ""
    return journal


def load_all() -> List[Journal]:
    """Every journal there is, that of the newest owner first."""
    try:
        names = os.listdir(FOLDER)
    except OSError:
        return []
    journals = [load(os.path.join(FOLDER, name)) for name in names]
    return sorted(journals, key=lambda j: (j.start, j.pid), reverse=True)


@dataclass
class Undone:
    """What undoing did: a line for each change taken back, and for each that could not be."""

    done: List[str] = field(default_factory=list)
    failed: List[str] = field(default_factory=list)


def undo(journal: Journal, undone: Undone) -> bool:
    """Takes back what the journal says, last to first, and removes it.

    Where a step fails the journal stays for the next time; returns False.
    """
    good = True
    for record in reversed(journal.records):
        told = clean(f"{_told(record)} (changed by {journal.owner})")
        try:
            _UNDO[record["undo"]](record)
            undone.done.append(told)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            reason = why(error) if isinstance(error, OSError) else str(error)
            undone.failed.append(f"{told}: {reason}")
            good = False
    if good:
        try:
            os.unlink(journal.path)
        except FileNotFoundError:
            pass
    return good


def undo_stale() -> Undone:
    """Undoes every journal whose owner no longer lives."""
    undone = Undone()
    for journal in load_all():
        if journal.trouble:
            undone.failed.append(clean(f"{journal.path}: {journal.trouble}; look at it and "
                                       "remove it by hand"))
        elif journal.stale:
            undo(journal, undone)
    return undone


class Writer:
    """The runner's own journal. Made at the first record; undo_all() ends it."""

    def __init__(self, owner: str = "runner") -> None:
        self.owner = owner
        self.path = f"{FOLDER}/{owner}.{os.getpid()}"
        self._fd = -1

    def record(self, record: Record) -> None:
        """Puts a change on disk before it is made; raises Refused if it cannot."""
        try:
            lines = [record]
            if self._fd < 0:
                os.makedirs(FOLDER, mode=0o700, exist_ok=True)
                self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL
                                   | os.O_APPEND | os.O_NOFOLLOW, 0o600)
                me = processes.process(os.getpid())
                lines.insert(0, {"format": 1, "owner": self.owner, "pid": os.getpid(),
                                 "start": me.start if me else 0})
            text = "".join(json.dumps(line) + "\n" for line in lines)
            if os.write(self._fd, text.encode()) != len(text):
                raise OSError(28, os.strerror(28))
        except OSError as error:
            raise Refused(f"cannot write the journal {self.path}: {why(error)}") from None

    def undo_all(self, leave: Callable[[str], bool] = lambda path: False) -> Undone:
        """Takes everything back and removes the journal; but settings for which `leave` is
        true, which somebody else has changed since."""
        undone = Undone()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            journal = load(self.path)
            journal.records = [record for record in journal.records
                               if record["undo"] != "write" or not leave(record["path"])]
            undo(journal, undone)
        return undone
