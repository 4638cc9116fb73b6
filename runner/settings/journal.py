# SPDX-License-Identifier: LGPL-2.1-or-later
"""The journal: what was changed on the machine, and the way back.

A change is written down before it is made (doc/formats.md), so whoever comes
after a cut run can take it back.
"""
from __future__ import annotations

import ctypes
import errno
import os
import re
import sys
from dataclasses import dataclass, field
from typing import Callable, Collection, Dict, List, Optional, Set, Tuple

from ..errors import Refused, why
from ..observe import counters, machine, processes
from ..text import clean, size_name
from . import journal_file, paths
from .journal_file import Journal, Record, load
from .lock import STATE

FOLDER = STATE + "/journal"
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8
_IPC_RMID = 0
_KPF_HWPOISON = 19
_EBUSY, _EINVAL, _EIDRM = 16, 22, 43
_POOL = re.compile(r"/hugepages-(\d{1,12})kB/nr_hugepages\Z")

write_setting = paths.write
# A journal as it was at one moment: path, time of change, number of records.
Seen = Tuple[str, float, int]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _write(path: str, value: str) -> bool:
    try:
        write_setting(path, value)
    except OSError as error:
        # A controller that others have begun to use, or that was never ours to hand out.
        if not path.endswith("/cgroup.subtree_control") or error.errno not in (
                errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS):
            raise
    return True


def _unpoison(path: str, frame: str) -> bool:
    """Makes a page frame good again if it is still bad."""
    with open("/proc/kpageflags", "rb") as flags:
        flags.seek(int(frame, 0) * 8)
        word = flags.read(8)
    bad = len(word) == 8 and bool(int.from_bytes(word, sys.byteorder) >> _KPF_HWPOISON & 1)
    if bad:
        write_setting(path, frame)
    return bad


def remove_segment(shmid: int) -> None:
    """IPC_RMID; passes over a segment that is gone already."""
    try:
        _call(_libc().shmctl(shmid, _IPC_RMID, None))
    except OSError as error:
        if error.errno not in (_EINVAL, _EIDRM):
            raise


def _is_the_one(segment: machine.Segment, record: Record, written: float) -> bool:
    """Ids are given anew: a segment is known by its key, creator and time as well. Where the
    record has no time, by being nobody's, and no younger than the record."""
    if "time" in record:
        return (segment.key, segment.changed, segment.creator) == (
            record.get("key"), record["time"], record.get("creator"))
    return (segment.uid == os.geteuid() and not segment.attached
            and segment.changed <= written and not processes.lives(segment.creator))


def _remove_recorded(record: Record, written: float) -> bool:
    segment = machine.segments().get(record["id"])
    if segment is None or not _is_the_one(segment, record, written):
        return False
    remove_segment(segment.shmid)
    return True


def _unmount(path: str) -> bool:
    with paths.parent(path) as (folder, name):
        libc, place = _libc(), os.fsencode(f"/proc/self/fd/{folder}/{name}")
        try:
            _call(libc.umount2(place, _UMOUNT_NOFOLLOW))
        except OSError as error:
            if error.errno == _EBUSY:
                _call(libc.umount2(place, _MNT_DETACH | _UMOUNT_NOFOLLOW))
            elif error.errno == _EINVAL:
                return False
            else:
                raise
    return True


def _remove(path: str, how: Callable[..., None]) -> bool:
    with paths.parent(path) as (folder, name):
        how(name, dir_fd=folder)
    return True


# Each takes one change back; false when there is nothing to take back any more.
_UNDO: Dict[str, Callable[[Record, float], bool]] = {
    "write": lambda r, _: _write(r["path"], r["value"]),
    "umount": lambda r, _: _unmount(r["path"]),
    "rmdir": lambda r, _: _remove(r["path"], os.rmdir),
    "unlink": lambda r, _: _remove(r["path"], os.unlink),
    "unpoison": lambda r, _: _unpoison(r["path"], r["value"]),
    "shm_remove": _remove_recorded,
}


def _told(record: Record) -> str:
    if record["undo"] == "unpoison":
        return f"page frame {record['value']} unpoisoned"
    if record["undo"] == "write":
        return f"{record['path']} to {record['value']}"
    return f"{record['undo']} {record.get('path', record.get('id'))}"


def load_all() -> List[Journal]:
    """Every journal there is, that of the newest owner first."""
    return journal_file.load_all(FOLDER)


@dataclass
class Undone:
    """What undoing did: a line for each change taken back, for each that could not be, and
    for what there was not to be undone any more."""

    done: List[str] = field(default_factory=list)
    failed: List[str] = field(default_factory=list)
    told: List[str] = field(default_factory=list)


def _undo_one(journal: Journal, record: Record, undone: Undone) -> bool:
    told = clean(f"{_told(record)} (changed by {journal.owner})")
    try:
        if "path" in record and not paths.ours(record["undo"], record["path"]):
            raise OSError(errno.EPERM, "nothing that hugeproof changes: left alone")
        if _UNDO[record["undo"]](record, journal.mtime):
            undone.done.append(told)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, OverflowError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        undone.failed.append(f"{told}: {reason}")
        return False
    return True


def undo(journal: Journal, undone: Undone) -> bool:
    """Takes back what the journal says, last to first, and removes it.

    Where steps fail the journal stays for the next time with these alone: what was taken
    back may be somebody else's by then. Returns False.
    """
    if journal.earlier:
        undone.told.append(clean(f"{journal.path} is of an earlier boot, whose settings are "
                                 "gone: removed"))
        journal.records = []
    failed = [record for record in reversed(journal.records)
              if not _undo_one(journal, record, undone)]
    try:
        if failed:
            # A pool that was put back in part is not as it was left, by our own doing.
            journal.keep([{key: record[key] for key in record if key != "wrote"}
                          for record in reversed(failed)])
        else:
            os.unlink(journal.path)
    except FileNotFoundError:
        pass
    except OSError as error:
        undone.failed.append(clean(f"{journal.path} cannot be shortened: {why(error)}"))
    return not failed


def _leave_to_others(journal: Journal, undone: Undone) -> None:
    """Takes the pools out of a journal that have another size than its owner left them with:
    somebody has set them since, and they are his. A line for each."""
    left: Dict[str, str] = {}
    for record in journal.records:
        size = _POOL.search(record.get("path", ""))
        if "wrote" not in record or not size:
            continue
        name = size_name(int(size.group(1)))
        try:
            pool = counters.pool_of(name)
        except OSError:
            continue
        now = pool["total"] - pool["surp"]
        if now != record["wrote"]:
            left[record["path"]] = clean(
                f"the pool of {name} was given {now} pages by somebody else, {journal.owner} had "
                f"given it {record['wrote']}: left so")
    undone.told += dict.fromkeys(left.values())
    journal.records = [record for record in journal.records if record.get("path") not in left]


def _seen(journal: Journal) -> Seen:
    return journal.path, journal.mtime, len(journal.records)


def unsettled() -> Set[Seen]:
    """The journals that undo_stale() can do nothing about, as they are now."""
    return {_seen(journal) for journal in load_all() if journal.trouble or journal.stale}


def undo_stale(but: Collection[Seen] = (), of: Optional[Collection[int]] = None) -> Undone:
    """Undoes every journal whose owner no longer lives, but those that are as they were
    found unsettled before. What is not of the processes `of` is told alone. Needs the lock."""
    undone = Undone()
    journal_file.sweep(FOLDER)
    for journal in load_all():
        if _seen(journal) in but:
            continue
        to = undone if of is None or journal.trouble or journal.pid in of else Undone()
        if journal.trouble:
            to.failed.append(clean(f"{journal.path}: {journal.trouble}; look at it and "
                                   "remove it by hand"))
        elif journal.stale:
            if not journal.earlier:
                _leave_to_others(journal, to)
            undo(journal, to)
        if to is not undone:
            undone.told += [f"restored: {line}" for line in to.done] + to.told + [
                f"cannot restore: {line}" for line in to.failed]
    return undone


class Writer:
    """The runner's own journal. Made at the first record; undo_all() ends it."""

    def __init__(self, owner: str = "runner") -> None:
        self.owner = owner
        self.path = f"{FOLDER}/{owner}.{os.getpid()}"
        self._fd = -1

    def _head(self) -> Record:
        me = processes.process(os.getpid())
        return {"format": journal_file.FORMAT, "owner": self.owner, "pid": os.getpid(),
                "start": me.start if me else 0, "boot": journal_file.boot_id(),
                "uid": os.geteuid()}

    def record(self, record: Record) -> None:
        """Puts a change on disk before it is made; raises Refused if it cannot."""
        try:
            data = journal_file.sealed(record)
            if self._fd < 0:
                os.makedirs(FOLDER, mode=0o700, exist_ok=True)
                # One that nobody could undo may be there, of another with our pid.
                while os.path.lexists(self.path):
                    self.path += "-2"
                self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL
                                   | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
                data = journal_file.sealed(self._head()) + data
            if os.write(self._fd, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
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
