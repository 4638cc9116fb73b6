# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other things that a program could leave changed: taint, SysV segments, mounts."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Dict, Iterator, List, Set, Tuple, Optional

from ..errors import Refused

# Bit of /proc/sys/kernel/tainted -> letter and meaning.
_TAINT = {
    0: "P: proprietary module", 1: "F: module forced", 2: "S: out of specification",
    3: "R: module unloaded by force", 4: "M: machine check", 5: "B: bad page",
    6: "U: asked for by a user", 7: "D: oops or BUG", 8: "A: ACPI table overridden",
    9: "W: warning", 10: "C: staging driver", 11: "I: firmware workaround",
    12: "O: out-of-tree module", 13: "E: unsigned module", 14: "L: soft lockup",
    15: "K: live patch", 16: "X: distribution's own", 17: "T: randomised layout",
    18: "N: in-kernel test", 19: "J: fwctl",
}


# The most bytes of a file of the kernel: the largest number of mounts, 100,000, takes some 20 MB,
# and more with long paths.
MOST = 1 << 28


def read(path: str) -> bytes:
    """A whole file of the kernel; empty if it cannot be read. Raises Refused for one that is too
    long, because changes at its end would be missed."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return read_fd(fd)
    except OSError:
        return b""
    finally:
        os.close(fd)


def read_fd(fd: int) -> bytes:
    """Like read(), for an open file, from its beginning; also raises OSError."""
    os.lseek(fd, 0, os.SEEK_SET)
    parts: List[bytes] = []
    size = 0
    while True:
        part = os.read(fd, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > MOST:
            raise Refused(f"the kernel's {os.readlink(f'/proc/self/fd/{fd}')} has more than "
                          f"{MOST >> 20} MB: what changed in it is unknown")


def read_text(path: str) -> str:
    """A small file of the kernel as text without its newline; empty if it does not exist."""
    return read(path).decode("utf-8", "replace").strip()


def chosen(path: str) -> Optional[str]:
    """The word in brackets of a sysfs file such as `always [madvise] never`, or all of one that has
    none; None if that is nothing."""
    text = read_text(path)
    if "[" in text:
        return text.partition("[")[2].partition("]")[0]
    return text or None


def taint() -> int:
    """The kernel's taint flags."""
    text = read("/proc/sys/kernel/tainted")
    return int(text) if text.strip().isdigit() else 0


def taint_names(flags: int) -> str:
    """The flags in words."""
    return ", ".join(_TAINT.get(bit, f"bit {bit}") for bit in range(64) if flags >> bit & 1)


@dataclass(frozen=True)
class Segment:
    """A SysV shared memory segment: its size in bytes, and its creator's pid and uid. `changed`:
    when it was created or its permissions changed, in seconds since 1970."""

    shmid: int
    size: int
    creator: int
    uid: int
    attached: int
    key: int = 0
    changed: int = 0


def parse_segments(data: bytes) -> Dict[int, Segment]:
    """The segments in the text of /proc/sysvipc/shm."""
    rows = data.splitlines()
    head = rows[0].split() if rows else []
    segments: Dict[int, Segment] = {}
    for row in rows[1:]:
        cell = dict(zip(head, row.split()))
        try:
            segment = Segment(int(cell[b"shmid"]), int(cell[b"size"]), int(cell[b"cpid"]),
                              int(cell[b"cuid"]), int(cell[b"nattch"]),
                              int(cell.get(b"key", 0)), int(cell.get(b"ctime", 0)))
        except (KeyError, ValueError):
            continue
        segments[segment.shmid] = segment
    return segments


def segments() -> Dict[int, Segment]:
    """The existing segments by id."""
    return parse_segments(read("/proc/sysvipc/shm"))


def _unescape(path: bytes) -> str:
    plain = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m.group(1), 8) & 255]), path)
    return plain.decode("utf-8", "backslashreplace")


def _rows(data: bytes) -> Iterator[Tuple[str, str]]:
    """For each mount in the text of /proc/self/mountinfo its `PATH (TYPE, id ID)`, and the peer
    group of its master (`master:N`), empty without one."""
    for row in data.splitlines():
        fields = row.split()
        if b"-" in fields and len(fields) > fields.index(b"-") + 1:
            end = fields.index(b"-")
            kind = fields[end + 1].decode("ascii", "replace")
            master = next((field for field in fields[6:end] if field.startswith(b"master:")), b"")
            yield f"{_unescape(fields[4])} ({kind}, id {int(fields[0])})", master.decode("ascii")


def parse_mounts(data: bytes) -> Set[str]:
    """`PATH (TYPE, id ID)` of each mount in the text of /proc/self/mountinfo. The id distinguishes
    a mount from one over which it is mounted."""
    return {mount for mount, _ in _rows(data)}


def mounted() -> List[Tuple[str, str, List[str]]]:
    """Path, type and options of every mount, by /proc/self/mounts."""
    found = []
    for row in read("/proc/self/mounts").splitlines():
        fields = row.split()
        if len(fields) > 3:
            found.append((_unescape(fields[1]), fields[2].decode("ascii", "replace"),
                          fields[3].decode("utf-8", "replace").split(",")))
    return found


@dataclass
class Machine:
    """The raw texts, parsed only where two differ."""

    taint: int
    shm: bytes
    mounts: bytes


def look() -> Machine:
    """Taint, segments and mounts now."""
    return Machine(taint(), read("/proc/sysvipc/shm"), read("/proc/self/mountinfo"))


def differing_mounts(before: bytes, after: bytes) -> List[str]:
    """The mounts of the second mountinfo that are not in the first."""
    return [] if before == after else sorted(parse_mounts(after) - parse_mounts(before))


def mounts_made_there(before: bytes, after: bytes) -> List[str]:
    """The same of a namespace that follows others, without what certainly came from them: it
    follows a group that no mount from before follows. What is mounted within follows none, or
    as a copy of another mount (`mount --bind`) the group that the other follows."""
    was, masters = parse_mounts(before), dict(_rows(after))
    # Only groups that still exist count, because numbers of groups are reused.
    old = {masters[mount] for mount in was & set(masters)} | {""}
    return [mount for mount in differing_mounts(before, after) if masters[mount] in old]


def new_mounts(before: Machine, after: Machine) -> List[str]:
    """Mounts that were not there before."""
    return differing_mounts(before.mounts, after.mounts)


def new_segments(before: Machine, after: Machine) -> List[Segment]:
    """Segments that were not there before."""
    if before.shm == after.shm:
        return []
    old, now = parse_segments(before.shm), parse_segments(after.shm)
    return [segment for shmid, segment in sorted(now.items()) if shmid not in old]
