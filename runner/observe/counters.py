# SPDX-License-Identifier: LGPL-2.1-or-later
"""Snapshots of all huge page counters of the kernel.

The files are opened once and read with pread, so that a snapshot costs little more than the
kernel's own work. Files that appear or disappear between two snapshots (when a node goes online,
say) change the set of counters, and nothing else.
"""
from __future__ import annotations

import os
import re
import time
from typing import Callable, Dict, Iterable, List, Optional, Tuple

from ..text import size_kb, size_name

HUGEPAGES = "/sys/kernel/mm/hugepages"
NODES = "/sys/devices/system/node"
THP = "/sys/kernel/mm/transparent_hugepage"

# The files of a pool, with the last part of the counter's name.
POOL_FILES = (("nr_hugepages", "total"), ("free_hugepages", "free"),
              ("resv_hugepages", "rsvd"), ("surplus_hugepages", "surp"),
              ("nr_overcommit_hugepages", "overcommit"))
_MEMINFO = re.compile(rb"(\S+):\s+(\d+)")
_HUGEPAGES_DIR = re.compile(r"hugepages-(\d+)kB\Z")
_BIG = 1 << 16
# How often a pool must be inconsistent before its counters count as corrupt.
LOOKS = 5

Counters = Dict[str, int]


def _signed(value: int) -> int:
    """The value of a counter as signed: the kernel prints negative ones as unsigned."""
    return value - (1 << 64) if value >> 63 else value


def _names(folder: str) -> List[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def size_folders(folder: str) -> List[Tuple[str, str]]:
    """(size name, path) of every hugepages-NkB below a folder, by size."""
    found = []
    for name in _names(folder):
        match = _HUGEPAGES_DIR.match(name)
        if match:
            found.append((int(match.group(1)), os.path.join(folder, name)))
    return [(size_name(kb), path) for kb, path in sorted(found)]


def node_names() -> List[str]:
    """`node0` ..., in the order of their numbers."""
    nodes = [n for n in _names(NODES) if re.match(r"node\d+\Z", n)]
    return sorted(nodes, key=lambda name: int(name[4:]))


class _File:
    """A file of the kernel that is kept open."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self.fd = os.open(path, os.O_RDONLY)
        except OSError as error:
            # With too many open files it is opened for each snapshot; a missing file is left out.
            if not isinstance(error, (FileNotFoundError, PermissionError)):
                self.fd = -1
            else:
                raise

    def read(self) -> bytes:
        """Reads a file of one value, which one read returns as a whole."""
        if self.fd >= 0:
            return os.pread(self.fd, _BIG, 0)
        with open(self.path, "rb", buffering=0) as file:
            return file.read(_BIG)

    def read_lines(self) -> bytes:
        """Reads a file of many lines piece by piece: one read returns at most about a page,
        whatever the buffer, and /proc/vmstat is about a page long."""
        if self.fd < 0:
            with open(self.path, "rb") as file:
                return file.read()
        pieces, at = [], 0
        while piece := os.pread(self.fd, _BIG, at):
            pieces.append(piece)
            at += len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


class _Table:
    """A file of `name value` pairs; the decoded names are cached."""

    def __init__(self, path: str, prefix: str, find: Callable[[bytes], List[bytes]]) -> None:
        self.file = _File(path)
        self.prefix = prefix
        self.find = find
        self.keys: List[bytes] = []
        self.names: List[str] = []

    def read_into(self, counters: Counters) -> None:
        words = self.find(self.file.read_lines())
        keys = words[0::2]
        if keys != self.keys:
            self.keys = keys
            self.names = [self.prefix + key.decode("ascii", "replace") for key in keys]
        counters.update(zip(self.names, map(int, words[1::2])))


def _meminfo_words(data: bytes) -> List[bytes]:
    words: List[bytes] = []
    for pair in _MEMINFO.findall(data):
        words.extend(pair)
    return words


class Observer:
    """Takes snapshots of all counters, except those of pools of the sizes in `without`. Keeps files
    open until close()."""

    def __init__(self, without: Iterable[str] = ()) -> None:
        self._without = frozenset(without)
        self._tables: List[_Table] = []
        self._numbers: List[Tuple[str, _File]] = []
        self._layout: object = None
        self._refresh: Optional[_File] = None
        self._scan(self._look())

    def _look(self) -> object:
        return (os.listdir(HUGEPAGES) if os.path.isdir(HUGEPAGES) else None, node_names(),
                len(_names(THP)))

    def close(self) -> None:
        """Closes every file."""
        for table in self._tables:
            table.file.close()
        for _, file in self._numbers:
            file.close()
        if self._refresh:
            self._refresh.close()
        self._tables, self._numbers, self._refresh = [], [], None

    def _scan(self, layout: object) -> None:
        self.close()
        self._layout = layout
        try:
            self._refresh = _File("/proc/sys/vm/stat_refresh")
        except OSError:
            self._refresh = None
        self._table("/proc/meminfo", "meminfo.", _meminfo_words)
        self._table("/proc/vmstat", "vmstat.", bytes.split)
        for size, folder in size_folders(HUGEPAGES):
            for name, short in POOL_FILES if size not in self._without else ():
                self._number(os.path.join(folder, name), f"hugetlb.{size}.{short}")
        for node in node_names():
            self._scan_node(node, os.path.join(NODES, node))
        for size, folder in size_folders(THP):
            for name in _names(os.path.join(folder, "stats")):
                self._number(os.path.join(folder, "stats", name), f"thp.{size}.{name}")

    def _scan_node(self, node: str, folder: str) -> None:
        self._table(os.path.join(folder, "meminfo"), f"{node}.meminfo.", _meminfo_words)
        for size, pool in size_folders(os.path.join(folder, "hugepages")):
            for name, short in POOL_FILES if size not in self._without else ():
                self._number(os.path.join(pool, name), f"hugetlb.{size}.{node}.{short}")
        for name in _names(os.path.join(folder, "memory_failure")):
            self._number(os.path.join(folder, "memory_failure", name),
                         f"{node}.memory_failure.{name}")

    def _table(self, path: str, prefix: str, find: Callable[[bytes], List[bytes]]) -> None:
        try:
            self._tables.append(_Table(path, prefix, find))
        except OSError:
            pass

    def _number(self, path: str, name: str) -> None:
        try:
            self._numbers.append((name, _File(path)))
        except OSError:
            pass

    def snapshot(self) -> Counters:
        """All counters now. Batched counters are updated first."""
        layout = self._look()
        if layout != self._layout:
            self._scan(layout)
        if self._refresh:
            try:
                self._refresh.read()
            except OSError:
                # The kernel found a counter below zero, which its log says.
                pass
        counters: Counters = {}
        for table in self._tables:
            try:
                table.read_into(counters)
            except (OSError, ValueError):
                pass
        self._read_numbers(counters, self._numbers)
        return counters

    def pools(self) -> Counters:
        """The hugetlb counters alone, without refreshing the batched ones."""
        counters: Counters = {}
        self._read_numbers(counters, [n for n in self._numbers if n[0].startswith("hugetlb.")])
        return counters

    @staticmethod
    def _read_numbers(counters: Counters, numbers: List[Tuple[str, _File]]) -> None:
        for name, file in numbers:
            try:
                counters[name] = _signed(int(file.read()))
            except (OSError, ValueError):
                pass


def delta(before: Counters, after: Counters) -> Counters:
    """The changes of counters that both snapshots have."""
    return {name: value - before[name] for name, value in after.items()
            if before.get(name, value) != value}


def pool_counters(counters: Counters) -> Counters:
    """The hugetlb counters, which are exact, and at rest the same as before."""
    return {name: value for name, value in counters.items() if name.startswith("hugetlb.")}


def pages_in_use(counters: Counters) -> int:
    """The pages in use of all pools in base pages, as nr_hugetlb counts them."""
    base = os.sysconf("SC_PAGESIZE") // 1024
    return sum((counters[f"hugetlb.{size}.total"] - counters.get(f"hugetlb.{size}.free", 0))
               * ((size_kb(size) or 0) // base)
               for size in {name.split(".")[1] for name in counters
                            if name.startswith("hugetlb.") and name.endswith(".total")}
               if f"hugetlb.{size}.total" in counters)


def resized_alone(before: Counters, after: Counters, size: str) -> bool:
    """True when only the number of unused pages of a pool changed, as when an administrator
    resizes it."""
    def change(short: str) -> int:
        name = f"hugetlb.{size}.{short}"
        return after.get(name, 0) - before.get(name, 0)
    return change("total") == change("free") != 0 and not any(
        change(short) for short in ("rsvd", "surp", "overcommit"))


def pool_of(size: str) -> Counters:
    """total, free, rsvd, surp and overcommit of the pool of a size now, in pages."""
    kb = size_kb(size)
    pool: Counters = {}
    for name, short in POOL_FILES:
        with open(f"{HUGEPAGES}/hugepages-{kb}kB/{name}", "rb", buffering=0) as file:
            pool[short] = _signed(int(file.read(64)))
    return pool


def lost_count(pool: Counters) -> bool:
    """True when a pool's counters are inconsistent: one is below zero, or more pages are free,
    reserved or surplus than exist."""
    return any(not 0 <= pool[name] <= pool["total"] for name in ("free", "rsvd", "surp"))


def lost_pools() -> Dict[str, str]:
    """The pools with inconsistent counters, and their values, by size. Counters are read one by one
    while other processes change them, so that they must be inconsistent each time."""
    found: Dict[str, str] = {}
    for size, _ in size_folders(HUGEPAGES):
        for _ in range(LOOKS):
            pool = pool_of(size)
            if not lost_count(pool):
                found.pop(size, None)
                break
            found[size] = "Total {total} Free {free} Rsvd {rsvd} Surp {surp}".format(**pool)
            time.sleep(0.01)
    return found
