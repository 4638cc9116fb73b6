# SPDX-License-Identifier: LGPL-2.1-or-later
"""The features of this kernel and machine that tests need. It only reads."""
from __future__ import annotations

import glob
import gzip
import os
import platform
from typing import Any, Dict, List, Optional

from . import counters, machine

# The capabilities that root is expected to have, with their bits.
_CAPABILITIES = {"kill": 5, "ipc_lock": 14, "ipc_owner": 15, "sys_ptrace": 19, "sys_admin": 21,
                 "sys_nice": 23, "sys_resource": 24, "syslog": 34}


def _config() -> Dict[str, str]:
    """The kernel's configuration if it is available, by CONFIG_ names without the prefix."""
    data = machine.read("/proc/config.gz")
    if data:
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError):
            data = b""
    if not data:
        data = machine.read(f"/boot/config-{platform.release()}")
    found = {}
    for line in data.decode("ascii", "replace").splitlines():
        name, equals, value = line.partition("=")
        if equals and name.startswith("CONFIG_"):
            found[name[7:]] = value
    return found


def _pools() -> Dict[str, Any]:
    pools: Dict[str, Any] = {}
    for size, folder in counters.size_folders(counters.HUGEPAGES):
        pools[size] = {short: int(machine.read_text(os.path.join(folder, name)) or 0)
                       for name, short in counters.POOL_FILES}
    return pools


def _nodes() -> Dict[str, Any]:
    nodes = {}
    for node in counters.node_names():
        words = machine.read_text(f"{counters.NODES}/{node}/meminfo").split()
        total = next((int(words[i + 1]) for i, w in enumerate(words) if w == "MemTotal:"), 0)
        nodes[node] = {"memory_mb": total // 1024}
    return nodes


def _memory() -> Dict[str, int]:
    wanted = ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree", "HardwareCorrupted")
    found = {}
    for line in machine.read("/proc/meminfo").decode("ascii", "replace").splitlines():
        name, _, rest = line.partition(":")
        if name in wanted:
            found[f"{name}_kb"] = int(rest.split()[0])
    return found


def _thp() -> Dict[str, Any]:
    if not os.path.isdir(counters.THP):
        return {"available": False}
    found: Dict[str, Any] = {name: machine.chosen(f"{counters.THP}/{name}")
                             for name in ("enabled", "defrag", "shmem_enabled", "use_zero_page")}
    found["sizes"] = [size for size, _ in counters.size_folders(counters.THP)]
    return found


def _features(config: Dict[str, str]) -> Dict[str, Any]:
    def configured(name: str) -> Optional[bool]:
        return config.get(name) in ("y", "m") if config else None

    node_failures = bool(glob.glob(f"{counters.NODES}/node*/memory_failure"))
    corrupted = "HardwareCorrupted_kb" in _memory()
    filesystems = machine.read_text("/proc/filesystems").split()
    cgroups = machine.read_text("/proc/cgroups") + machine.read_text(
        "/sys/fs/cgroup/cgroup.controllers")
    return {
        "memory failure": node_failures or corrupted,
        "hwpoison injector": os.path.isdir("/sys/kernel/debug/hwpoison"),
        "fault injection": os.path.isdir("/sys/kernel/debug/failslab"),
        "HMM test devices": sorted(glob.glob("/dev/hmm_dmirror*")),
        "userfaultfd": os.path.exists("/proc/sys/vm/unprivileged_userfaultfd"),
        "io_uring": os.path.exists("/proc/sys/kernel/io_uring_disabled")
        or configured("IO_URING"),
        "hugetlbfs": "hugetlbfs" in filesystems,
        "cgroup hugetlb": "hugetlb" in cgroups,
        "KSM": os.path.isdir("/sys/kernel/mm/ksm"),
        "compaction": os.path.exists("/proc/sys/vm/compact_memory"),
        "swap": len(machine.read("/proc/swaps").splitlines()) > 1,
        "PMD sharing": configured("HUGETLB_PMD_PAGE_TABLE_SHARING"),
        "stat refresh": os.path.exists("/proc/sys/vm/stat_refresh"),
        "debug VM": configured("DEBUG_VM"),
        "page table check": configured("PAGE_TABLE_CHECK"),
        "KASAN": configured("KASAN"),
        "lockdep": configured("PROVE_LOCKING"),
    }


def _missing_capabilities() -> List[str]:
    for line in machine.read("/proc/self/status").splitlines():
        if line.startswith(b"CapEff:"):
            bits = int(line.split()[1], 16)
            return [name for name, bit in _CAPABILITIES.items() if not bits >> bit & 1]
    return []


def probe() -> Dict[str, Any]:
    """Everything, by topic."""
    uname = platform.uname()
    taint = machine.taint()
    return {
        "kernel": {"release": uname.release, "version": uname.version, "machine": uname.machine,
                   "base_page_kb": os.sysconf("SC_PAGESIZE") // 1024},
        "pools": _pools(), "nodes": _nodes(), "memory": _memory(), "thp": _thp(),
        "features": _features(_config()),
        "taint": {"flags": taint, "meaning": machine.taint_names(taint)},
        "root": os.geteuid() == 0, "missing capabilities": _missing_capabilities(),
        "kernel log readable": os.access("/dev/kmsg", os.R_OK),
    }
