# SPDX-License-Identifier: LGPL-2.1-or-later
"""The file of a journal (doc/formats.md)."""
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
# The most different changes; a setting that is recorded repeatedly counts once.
MAX_RECORDS = 1 << 16
_SEAL = b', "crc": "'
# OWNER.PID, followed by -2 if such a file exists already.
_NAME = re.compile(r"(.+)\.([0-9]{1,9})(?:-2)*\Z")
_TEXTS: Dict[str, Tuple[str, ...]] = {
    "write": ("path", "value"), "unpoison": ("path", "value"), "umount": ("path",),
    "rmdir": ("path",), "unlink": ("path",), "swapon": ("path",), "shm_remove": ()}
_NUMBERS = ("id", "key", "time", "creator", "wrote")

Record = Dict[str, Any]


def boot_id() -> str:
    """The id of this boot; empty where the kernel has none."""
    return machine.read_text("/proc/sys/kernel/random/boot_id")


def sealed(record: Record) -> bytes:
    """A line of format 2: an object whose last member is the CRC-32 of everything before it."""
    body = json.dumps(record).encode()[:-1]
    return body + _SEAL + b'%08x"}\n' % zlib.crc32(body)


def _is_whole(line: bytes) -> bool:
    body, _, seal = line.rpartition(_SEAL)
    return seal == b'%08x"}' % zlib.crc32(body)


@dataclass
class Journal:
    """A journal that was read from disk. `trouble`: why it cannot be trusted. `earlier` is true if
    it is from an earlier boot, whose settings do not exist any more. `mtime` is in seconds."""

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
        """True when the process that would undo it has ended."""
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
        """Keeps only these records in the file; raises OSError. The file's time of change, which is
        the age of the records, does not change."""
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
    """Stores the first line; returns its error, or None."""
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
    """True when it was written before this boot, by the boot's id, or without one (format 1) by the
    time of the last change."""
    now = boot_id()
    if journal.boot and now:
        return journal.boot != now
    return journal.mtime < time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) - 1


def _take_name(journal: Journal) -> None:
    """Sets the owner of a file without a first line: the process in its name, which may be about to
    write it, unless that process is younger than the file."""
    match = _NAME.match(os.path.basename(journal.path))
    found = processes.process(int(match[2])) if match else None
    if not match or found is None:
        return
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - found.start / os.sysconf("SC_CLK_TCK")
    if time.time() - age <= journal.mtime + 1:
        journal.owner, journal.pid, journal.start = match[1], found.pid, found.start


def _read(journal: Journal, file: BinaryIO) -> Optional[str]:
    """Reads the records; returns the first error, or None."""
    written: Dict[str, Record] = {}
    number = size = 0
    while True:
        line = file.readline(MAX_LINE)
        if not line.endswith(b"\n") and len(line) < MAX_LINE:
            # A last line without newline is incomplete, and its change had not been made.
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
            # A setting is restored to its value before its first change, if it still has the
            # value that was written last.
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
    """Reads a journal; for a file that is not one, or is not ours, `trouble` is set."""
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
    """True when the folder belongs to us; raises OSError if it does not exist."""
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def sweep(folder: str) -> None:
    """Removes temporary files that an interrupted keep() left, of owners that have ended. The
    caller holds the lock."""
    try:
        names = os.listdir(folder) if _ours(folder) else []
        for name in names:
            match = _NAME.match(name[1:-4])
            if name.startswith(".") and name.endswith(".new") and match and not processes.lives(
                    int(match[2])):
                os.unlink(os.path.join(folder, name))
    except OSError:
        pass  # The file does no harm.


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
