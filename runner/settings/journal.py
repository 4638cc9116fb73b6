# SPDX-License-Identifier: LGPL-2.1-or-later
"""The journal: the changes that were made on the machine, and how to undo them.

A change is recorded before it is made (doc/formats.md), so that a later runner can undo it if this
one is killed.
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
from . import journal_file, memory_block, paths
from .journal_file import Journal, Record, load
from .lock import STATE

FOLDER = STATE + "/journal"
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8
_IPC_RMID = 0
_KPF_HWPOISON = 19
_EBUSY, _EINVAL, _EIDRM = 16, 22, 43
_POOL = re.compile(r"/hugepages-(\d{1,12})kB/nr_hugepages\Z")

write_setting = paths.write
# The state of a journal at one moment: path, time of change, number of records.
Seen = Tuple[str, float, int]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _write(path: str, value: str) -> bool:
    try:
        (memory_block.write if path.startswith(paths.MEMORY) else write_setting)(path, value)
    except OSError as error:
        # Other groups have begun to use the controller, or it could not be enabled by us.
        # The state of a memory block refuses the value that it has.
        if machine.read_text(path) != value and (
                not path.endswith("/cgroup.subtree_control") or error.errno not in (
                    errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS)):
            raise
    return True


def _unpoison(path: str, frame: str) -> bool:
    """Unpoisons a page frame if it is still poisoned."""
    with open("/proc/kpageflags", "rb") as flags:
        flags.seek(int(frame, 0) * 8)
        word = flags.read(8)
    bad = len(word) == 8 and bool(int.from_bytes(word, sys.byteorder) >> _KPF_HWPOISON & 1)
    if bad:
        write_setting(path, frame)
    return bad


def remove_segment(shmid: int) -> None:
    """Removes a segment (IPC_RMID); it is no error if it does not exist any more."""
    try:
        _call(_libc().shmctl(shmid, _IPC_RMID, None))
    except OSError as error:
        if error.errno not in (_EINVAL, _EIDRM):
            raise


def _is_the_one(segment: machine.Segment, record: Record, written: float) -> bool:
    """True when a segment is the recorded one. Ids are reused, so that key, creator and time are
    compared as well; if the record has no time, the segment must be unused and no younger than the
    record."""
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


def _swap_on(device: str) -> bool:
    """Swaps to a device again; false if it is in use."""
    result = _libc().swapon(os.fsencode(device), 0)
    in_use = result != 0 and ctypes.get_errno() == _EBUSY
    _call(0 if in_use else result)
    return not in_use


# Each function undoes one change; it returns false when there is nothing to be undone any more.
_UNDO: Dict[str, Callable[[Record, float], bool]] = {
    "write": lambda r, _: _write(r["path"], r["value"]),
    "umount": lambda r, _: _unmount(r["path"]),
    "rmdir": lambda r, _: _remove(r["path"], os.rmdir),
    "unlink": lambda r, _: _remove(r["path"], os.unlink),
    "swapon": lambda r, _: _swap_on(r["path"]),
    "unpoison": lambda r, _: _unpoison(r["path"], r["value"]),
    "shm_remove": _remove_recorded,
}


def _described(record: Record) -> str:
    if record["undo"] == "unpoison":
        return f"page frame {record['value']} unpoisoned"
    if record["undo"] == "write":
        return f"{record['path']} to {record['value']}"
    return f"{record['undo']} {record.get('path', record.get('id'))}"


def load_all() -> List[Journal]:
    """All journals, that of the newest owner first."""
    return journal_file.load_all(FOLDER)


@dataclass
class Undone:
    """The results of undoing: a line for each change that was undone, for each that could not be,
    and for others that are reported."""

    done: List[str] = field(default_factory=list)
    failed: List[str] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)


def _undo_one(journal: Journal, record: Record, undone: Undone) -> bool:
    change = clean(f"{_described(record)} (changed by {journal.owner})")
    try:
        if "path" in record and not paths.ours(record["undo"], record["path"]):
            raise OSError(errno.EPERM, "nothing that hugeproof changes: left alone")
        if _UNDO[record["undo"]](record, journal.mtime):
            undone.done.append(change)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, OverflowError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        undone.failed.append(f"{change}: {reason}")
        return False
    return True


def undo(journal: Journal, undone: Undone) -> bool:
    """Undoes the changes in a journal, the last one first, and removes it.

    If some fail, the journal is kept with these alone, because other processes may have changed the
    rest by the next time, and False is returned.
    """
    if journal.earlier:
        undone.notes.append(clean(f"{journal.path} is of an earlier boot, whose settings are "
                                  "gone: removed"))
        journal.records = []
    failed = [record for record in reversed(journal.records)
              if not _undo_one(journal, record, undone)]
    try:
        if failed:
            # A partly restored pool differs from what was recorded because of our own change.
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
    """Removes from a journal the pools that another process has resized since its owner did, and
    adds a line for each."""
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
    undone.notes += dict.fromkeys(left.values())
    journal.records = [record for record in journal.records if record.get("path") not in left]


def _seen(journal: Journal) -> Seen:
    return journal.path, journal.mtime, len(journal.records)


def unsettled() -> Set[Seen]:
    """The present states of the journals that undo_stale() cannot undo."""
    return {_seen(journal) for journal in load_all() if journal.trouble or journal.stale}


def undo_stale(but: Collection[Seen] = (), of: Optional[Collection[int]] = None) -> Undone:
    """Undoes all journals whose owners have ended, except those that are unchanged since they were
    found unsettled (`but`). For journals of other processes than `of` the result only has messages.
    The caller holds the lock."""
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
            undone.notes += [f"restored: {line}" for line in to.done] + to.notes + [
                f"cannot restore: {line}" for line in to.failed]
    return undone


class Writer:
    """The runner's own journal, which is made for the first record and removed by undo_all()."""

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
        """Records a change on disk before it is made; raises Refused if that is not possible."""
        try:
            data = journal_file.sealed(record)
            if self._fd < 0:
                os.makedirs(FOLDER, mode=0o700, exist_ok=True)
                # A journal of an earlier process with our pid may exist that could not be undone.
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
        """Undoes all changes and removes the journal. Settings for which `leave` returns true,
        because another process has changed them since, are left."""
        undone = Undone()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            journal = load(self.path)
            journal.records = [record for record in journal.records
                               if record["undo"] != "write" or not leave(record["path"])]
            undo(journal, undone)
        return undone
