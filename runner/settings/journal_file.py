# SPDX-License-Identifier: LGPL-2.1-or-later
"""A journal as a file: read, judged and written (doc/formats.md)."""
from __future__ import annotations

import json
import os
import re
import stat
import time
import zlib
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Dict, List, Optional, Tuple

from ..errors import why
from ..observe import machine, processes
from ..text import decode

FORMAT = 2
MAX_BYTES = 1 << 26
MAX_LINE = 1 << 16
# Of different things: a setting that is recorded again and again counts once.
MAX_RECORDS = 1 << 16
_SEAL = b', "crc": "'
# OWNER.PID, where there was such a file already with -2 behind it.
_NAME = re.compile(r"(.+)\.([0-9]{1,9})(?:-2)*\Z")
_TEXTS: Dict[str, Tuple[str, ...]] = {
    "write": ("path", "value"), "unpoison": ("path", "value"), "umount": ("path",),
    "rmdir": ("path",), "unlink": ("path",), "shm_remove": ()}
_NUMBERS = ("id", "key", "time", "creator", "wrote")

Record = Dict[str, Any]


def boot_id() -> str:
    """Names this boot; empty where the kernel does not."""
    return machine.read_text("/proc/sys/kernel/random/boot_id")


def sealed(record: Record) -> bytes:
    """A line of format 2: the object, its last member the CRC-32 of all before it."""
    body = json.dumps(record).encode()[:-1]
    return body + _SEAL + b'%08x"}\n' % zlib.crc32(body)


def _is_whole(line: bytes) -> bool:
    body, _, seal = line.rpartition(_SEAL)
    return seal == b'%08x"}' % zlib.crc32(body)


@dataclass
class Journal:
    """A journal as read from disk. `trouble` says why it cannot be trusted; `earlier` is
    true when it is of an earlier boot, whose settings are gone; `mtime` in seconds."""

    path: str
    owner: str = ""
    pid: int = 0
    start: int = 0
    records: List[Record] = field(default_factory=list)
    trouble: str = ""
    format: int = FORMAT
    boot: str = ""
    uid: int = -1
    earlier: bool = False
    mtime: float = 0.0

    @property
    def stale(self) -> bool:
        """True when nobody is left who would undo it."""
        return not self.trouble and (self.earlier or not (
            self.pid and processes.lives(self.pid, self.start)))

    def head(self) -> Record:
        """Its first line."""
        head = {"format": self.format, "owner": self.owner, "pid": self.pid,
                "start": self.start}
        if self.format > 1:
            head.update(boot=self.boot, uid=self.uid)
        return head

    def keep(self, records: List[Record]) -> None:
        """Leaves only these in the file; raises OSError. Its time of change stays: it tells
        how old the records are."""
        line = sealed if self.format > 1 else lambda record: json.dumps(record).encode() + b"\n"
        data = b"".join(map(line, [self.head(), *records]))
        folder, name = os.path.split(self.path)
        new = f"{folder}/.{name}.new"
        try:
            os.unlink(new)
        except FileNotFoundError:
            pass
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                     0o600)
        with open(fd, "wb") as file:
            file.write(data)
        os.utime(new, (self.mtime, self.mtime))
        os.rename(new, self.path)


def _well_formed(record: Any) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("undo"), str) or (
            record["undo"] not in _TEXTS):
        return False
    # Also where it says nothing: others ask any record for its path.
    if any(type(record[key]) is not int for key in _NUMBERS if key in record) or any(
            not isinstance(record[key], str) or "\0" in record[key]
            for key in ("path", "value") if key in record):
        return False
    if record["undo"] == "shm_remove":
        return "id" in record
    return all(key in record for key in _TEXTS[record["undo"]]) and record["path"].startswith("/")


def _take_head(journal: Journal, head: Any) -> Optional[str]:
    """Fills in the first line; returns what is wrong with it."""
    if not isinstance(head, dict) or head.get("format") not in (1, FORMAT):
        return f"its first line is not that of a journal of format 1 or {FORMAT}"
    if head["format"] == 1 and "crc" in head:
        return "its first line does not match its checksum"
    if type(head.get("pid")) is not int or type(head.get("start")) is not int:
        return "its first line lacks pid or start"
    journal.format, journal.owner = head["format"], str(head.get("owner", ""))
    journal.pid, journal.start = head["pid"], head["start"]
    if journal.format > 1:
        if not isinstance(head.get("boot"), str) or type(head.get("uid")) is not int:
            return "its first line lacks boot or uid"
        journal.boot, journal.uid = head["boot"], head["uid"]
        if journal.uid != os.geteuid():
            return f"it is of user {journal.uid}"
    journal.earlier = _earlier(journal)
    return None


def _earlier(journal: Journal) -> bool:
    """Whether it was written before this boot: by the boot's id, or where there is none
    (format 1) by when it was written last."""
    now = boot_id()
    if journal.boot and now:
        return journal.boot != now
    return journal.mtime < time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) - 1


def _take_name(journal: Journal) -> None:
    """Whose a file without its first line is: of the process in its name, which may be about
    to write it, unless that is another one, younger than the file."""
    match = _NAME.match(os.path.basename(journal.path))
    found = processes.process(int(match[2])) if match else None
    if not match or found is None:
        return
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - found.start / os.sysconf("SC_CLK_TCK")
    if time.time() - age <= journal.mtime + 1:
        journal.owner, journal.pid, journal.start = match[1], found.pid, found.start


def _read(journal: Journal, file: BinaryIO) -> Optional[str]:
    """Fills the journal; returns what is wrong with it."""
    written: Dict[str, Record] = {}
    number = size = 0
    while True:
        line = file.readline(MAX_LINE)
        if not line.endswith(b"\n") and len(line) < MAX_LINE:
            # Without its newline the last line was cut, and its change not yet made.
            if not number:
                _take_name(journal)
            return None
        number, size = number + 1, size + len(line)
        if size > MAX_BYTES or len(journal.records) > MAX_RECORDS:
            return f"longer than {MAX_BYTES >> 20} MB, or more than {MAX_RECORDS} records"
        try:
            record = json.loads(decode(line))
        except (ValueError, RecursionError):
            return f"line {number} is not JSON"
        if number == 1:
            trouble = _take_head(journal, record)
        else:
            trouble = None if _well_formed(record) else f"line {number} is not a record"
        if not trouble and journal.format > 1 and not _is_whole(line[:-1]):
            trouble = f"line {number} does not match its checksum"
        if trouble:
            return trouble
        if number == 1:
            continue
        record.pop("crc", None)
        if record["undo"] == "write" and record["path"] in written:
            # What a setting was before its first change is what it is to be again, and what
            # it was given last is what it must still be.
            _take_wrote(written[record["path"]], record)
            continue
        journal.records.append(record)
        if record["undo"] == "write":
            written[record["path"]] = record


def _take_wrote(first: Record, later: Record) -> None:
    first.pop("wrote", None)
    if "wrote" in later:
        first["wrote"] = later["wrote"]


def load(path: str) -> Journal:
    """Reads one journal; a file that is none, or not ours, has `trouble`."""
    journal = Journal(path)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        journal.trouble = why(error)
        return journal
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        os.close(fd)
        journal.trouble = "not a regular file"
        return journal
    journal.mtime = found.st_mtime
    with open(fd, "rb") as file:
        if found.st_uid != os.geteuid():
            journal.trouble = f"it is of user {found.st_uid}"
        elif found.st_mode & stat.S_IWOTH:
            journal.trouble = "everybody may write to it"
        else:
            journal.trouble = _read(journal, file) or ""
    return journal


def _ours(folder: str) -> bool:
    """Raises OSError where there is none."""
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def sweep(folder: str) -> None:
    """Removes what a keep() that was cut short left of journals of the dead. Needs the lock."""
    try:
        names = os.listdir(folder) if _ours(folder) else []
        for name in names:
            match = _NAME.match(name[1:-4])
            if name.startswith(".") and name.endswith(".new") and match and not processes.lives(
                    int(match[2])):
                os.unlink(os.path.join(folder, name))
    except OSError:
        pass  # It does no harm.


def load_all(folder: str) -> List[Journal]:
    """Every journal there is, that of the newest owner first."""
    try:
        if not _ours(folder):
            return [Journal(folder, trouble="not a folder of ours")]
        names = os.listdir(folder)
    except OSError:
        return []
    journals = [load(os.path.join(folder, name)) for name in names if not name.startswith(".")]
    return sorted(journals, key=lambda j: (j.start, j.pid), reverse=True)
