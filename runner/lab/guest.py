# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest: what it is given, and the QEMU command that makes it."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional

from ..errors import Refused
from ..text import clean, count, size_kb, size_name
from .arch import Arch
from .image import Kernel

MB_KB, GB_KB = 1 << 10, 1 << 20
MIN_MEMORY_MB = 512
# What the kernel and the runner need beside reserved huge pages, MB.
BESIDE_POOLS_MB = 384
# Coherent memory of the HMM test devices: two regions of this size where high memory begins.
COHERENT_MB = 256
_PRINTABLE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*\Z")


# A processor of an emulated guest is a thread of the host, which may have to wait for a processor.
# These limits are about twice the kernel's defaults for stalls of RCU, of a processor and of a
# workqueue, and shorter than --stall, so that the kernel's report comes before the guest is ended.
_PATIENT = ["rcupdate.rcu_cpu_stall_timeout=50", "watchdog_thresh=24",
            "workqueue.watchdog_thresh=55"]


@dataclass
class Guest:
    """The properties of a guest. Memory is in MB; `hugepages` are reserved at boot, by size name;
    `gdb` is the path of the socket for a debugger, empty without one."""

    kernel: Kernel
    nodes: int = 1
    cpus: int = 2
    memory_mb: int = 4096
    hugepages: Dict[str, int] = field(default_factory=dict)
    append: List[str] = field(default_factory=list)
    swap_mb: int = 0
    coherent: bool = False
    gdb: str = ""
    count_instructions: bool = False

    @property
    def arch(self) -> Arch:
        """The architecture, which is that of its kernel."""
        return self.kernel.arch

    def check(self, available_mb: Optional[int] = None) -> None:
        """Raises Refused for a guest that is not possible. `available_mb`: memory of the host."""
        if not 1 <= self.nodes <= 8:
            raise Refused(f"a guest has 1 to 8 nodes, not {self.nodes}")
        if not 1 <= self.cpus <= 64:
            raise Refused(f"a guest has 1 to 64 processors, not {self.cpus}")
        reserved = sum(number * (size_kb(size) or 0)
                       for size, number in self.hugepages.items()) // MB_KB
        least = max(MIN_MEMORY_MB, reserved + self.swap_mb + BESIDE_POOLS_MB)
        if self.memory_mb < least:
            pools = f" with {reserved} MB of huge pages" if reserved else ""
            raise Refused(f"{self.memory_mb} MB are too little memory for a guest{pools}: it needs "
                          f"{least} MB (--memory)")
        if self.memory_mb % self.nodes:
            raise Refused(f"{self.memory_mb} MB cannot be divided among "
                          f"{count(self.nodes, 'node')}")
        if available_mb is not None and available_mb < self.memory_mb:
            raise Refused(f"the guest's {self.memory_mb} MB are more than this machine has "
                          f"available ({available_mb} MB): give it less with --memory")
        if self.coherent and self.memory_mb < 2048:
            raise Refused("coherent HMM test devices need a guest of 2 GB or more (--memory 2G)")
        if self.coherent and self.arch.high_mb is None:
            raise Refused("coherent HMM test devices need memory that is kept from the kernel "
                          f"(memmap=), which {self.arch.name} has not")
        for word in self.append:
            if not _PRINTABLE.match(word):
                raise Refused(f"not words for a kernel command line: {clean(word)}")

    def kernel_command_line(self, accel: str = "kvm") -> str:
        """The kernel's command line under that accelerator of QEMU."""
        words = [f"console={self.arch.console}", "console_msg_format=syslog", "loglevel=5",
                 "panic=-1", "log_buf_len=4M", *self.arch.words]
        for size in sorted(self.hugepages, key=lambda name: -(size_kb(name) or 0)):
            words += [f"hugepagesz={size}", f"hugepages={self.hugepages[size]}"]
        if self.coherent and self.arch.high_mb:
            at = self.arch.high_mb << 20
            second = at + (COHERENT_MB << 20)
            words += [f"memmap={2 * COHERENT_MB}M$0x{at:x}", f"test_hmm.spm_addr_dev0=0x{at:x}",
                      f"test_hmm.spm_addr_dev1=0x{second:x}"]
        if accel == "tcg":
            words += _PATIENT
        return " ".join(words + self.append)

    def qemu(self, accel: str, kernel: str, initramfs: str, shared: bool = False) -> List[str]:
        """QEMU's arguments for the machine itself, without serial lines and shared folders.
        `shared`: its memory is accessible to other processes (virtiofsd)."""
        backend = "memory-backend-memfd,share=on" if shared else "memory-backend-ram"
        argv = [self.arch.qemu, "-nodefaults", "-no-user-config", "-display", "none",
                "-no-reboot", "-name", "hugeproof-lab", "-machine", self.arch.model]
        threads = "single" if self.count_instructions else "multi"
        argv += ["-accel", accel + (f",thread={threads}" if accel == "tcg" else ""),
                 "-cpu", self.arch.processors[accel]]
        # One instruction is one nanosecond of the guest's clock, which skips idle time.
        if self.count_instructions:
            argv += ["-icount", "shift=0,sleep=off"]
        # One socket for each processor: no machine has the processors of a socket on two nodes.
        argv += ["-smp", f"{self.cpus},sockets={self.cpus},cores=1,threads=1",
                 "-m", f"{self.memory_mb}M"]
        each = self.memory_mb // self.nodes
        for node in range(self.nodes):
            argv += ["-object", f"{backend},id=memory{node},size={each}M",
                     "-numa", ",".join([f"node,nodeid={node},memdev=memory{node}",
                                        *(f"cpus={cpu}" for cpu in range(self.cpus)
                                          if cpu % self.nodes == node)])]
        return argv + ["-kernel", kernel, "-initrd", initramfs,
                       "-append", self.kernel_command_line(accel)]


def parse_memory(text: str) -> int:
    """`4G` -> 4096 MB. Raises Refused."""
    kb = size_kb(text)
    if kb is None or kb % MB_KB:
        raise Refused(f"not a size of memory: {clean(text) or 'nothing'} (write it like 4G or "
                      "1536M)")
    return kb // MB_KB


def parse_hugepages(text: str) -> Dict[str, int]:
    """`2M:64,1G:1` -> pages of each size. Raises Refused."""
    found: Dict[str, int] = {}
    for word in filter(None, text.split(",")):
        size, colon, number = word.partition(":")
        kb = size_kb(size)
        if not colon or kb is None or not number.isascii() or not number.isdigit():
            raise Refused(f"not SIZE:PAGES: {clean(word)} (write --hugepages like 2M:64,1G:1)")
        found[size_name(kb)] = int(number)
    return found
