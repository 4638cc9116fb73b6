# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a guest from its options, and prepares what it needs before its first boot."""
from __future__ import annotations

import atexit
import compileall
import os
import shlex
import shutil
import sys
from typing import Any, Dict, List, Optional

from .. import known_list
from ..errors import Refused
from ..output import say
from ..request import Request
from ..text import clean, count
from ..watch.follow import STALL_SECONDS
from . import accel, cache, choice, foreign, image, initramfs, share
from .guest import Guest, parse_hugepages, parse_memory
from .options import arch_of
from .order import Order
from .setup import Setup

Json = Dict[str, Any]


def room_for(cpus: int, memory_mb: int) -> int:
    """The number of such guests for which this machine has processors and memory at once."""
    return min(len(os.sched_getaffinity(0)) // cpus,
               (available_mb() or memory_mb) // memory_mb)


def check_jobs(options: Json, jobs: int) -> None:
    """Raises Refused when this machine cannot run `jobs` such guests at once."""
    if jobs == 1:
        return
    guest = _guest(options, make=False)
    if room_for(guest.cpus, guest.memory_mb) < jobs:
        raise Refused(f"{jobs} guests at a time, each with {count(guest.cpus, 'processor')} and "
                      f"{guest.memory_mb} MB, are more than this machine has "
                      f"({count(len(os.sched_getaffinity(0)), 'processor')}, {available_mb()} MB "
                      "available): give less with --jobs, --cpus or --memory")


def _number(text: Any, name: str) -> int:
    if not str(text).isascii() or not str(text).isdigit():
        raise Refused(f"--{name} is a number, not {clean(str(text)) or 'nothing'}")
    return int(text)


def available_mb() -> Optional[int]:
    """The memory that is available for guests, in MB."""
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) // 1024
    return None


def _guest(options: Json, make: bool, kernel: bool = True) -> Guest:
    """The guest that the options describe. What can be refused quickly is refused before a kernel
    is built."""
    arch = arch_of(options)
    nothing = image.Kernel("", "", None, arch)
    stall = options["stall"]
    if stall is not None and _number(stall, "stall") < 1:
        raise Refused("--stall is a number of seconds, 1 at least")
    guest = Guest(nothing, _number(options["nodes"], "nodes"), _number(options["cpus"], "cpus"),
                  parse_memory(options["memory"]), parse_hugepages(options["hugepages"]),
                  [word for words in options["append"] for word in words.split()],
                  parse_memory(options["swap"]) if options["swap"] else 0,
                  bool(options["hmm_coherent"]), "", options["measure"] == "instructions")
    if options["accel"] == "kvm" and not arch.native:
        raise Refused(f"KVM runs guests of this machine's own kind, not of {arch.name}: leave out "
                      "--accel kvm")
    if guest.count_instructions and options["accel"] == "kvm":
        raise Refused("--measure instructions counts those of TCG: leave out --accel kvm")
    guest.check(None if not make else available_mb())
    # Refuse before anything is built.
    if kernel:
        guest.kernel = choice.choose(options["kernel"], options["modules"], arch, make=False)
    if make:
        for tool in (arch.qemu, "cpio"):
            cache.need_tool(tool, arch.remedy)
        initramfs.busybox()
        guest.kernel = choice.choose(options["kernel"], options["modules"], arch)
    return guest


def check_guest(options: Json, kernel: bool = True) -> None:
    """Raises Refused for options of which no guest can be made; without `kernel`, whatever the
    kernel is."""
    _guest(options, make=False, kernel=kernel)


def _sharing(options: Json, guest: Guest) -> str:
    ways = initramfs.sharing_of(guest.kernel)
    way = options["share"] or ways[0]
    if way not in ways:
        raise Refused(f"kernel {guest.kernel.release} has no {way}")
    share.need(way, guest.arch)
    return way


def show(options: Json) -> int:
    """Prints QEMU's command line and starts nothing. Raises Refused."""
    guest = _guest(options, make=False)
    name = options["accel"] or accel.remembered(guest.arch) or "tcg"
    argv = guest.qemu(name, guest.kernel.image, "INITRAMFS") + share.qemu_9p(
        [share.Share("hostroot", "/", True),
         share.Share("results", "RESULTS", False, "mapped-xattr")])
    print(" ".join(map(shlex.quote, argv)))
    return 0


def prepare(order: Order) -> Setup:
    """Prepares what all boots of an order have in common. Raises Refused."""
    options, results = order.options, order.results
    if os.geteuid() != 0:
        raise Refused("the lab shares this machine's files with its guest and needs root: run "
                      "it with sudo")
    guest = _guest(options, make=True)
    root = "" if guest.arch.native else foreign.root(guest.arch)
    sharing = _sharing(options, guest)
    chosen = accel.choose("tcg" if guest.count_instructions else options["accel"], guest.kernel,
                          say)
    try:
        os.makedirs(results, exist_ok=True)
    except OSError as error:
        raise Refused(f"cannot write results to {clean(results)}: {error.strerror}") from None
    # The guest cannot write Python's compiled files, and compiling is slow there.
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    compileall.compile_dir(os.path.join(top, "runner"), quiet=2)
    if order.gdb:
        vmlinux = os.path.join(os.path.dirname(guest.kernel.image), "build", "vmlinux")
        # Only root can reach the socket in that folder.
        private = cache.scratch()
        atexit.register(shutil.rmtree, private, ignore_errors=True)
        guest.gdb = os.path.join(private, "gdb")
        symbols = f" (symbols: {vmlinux})" if os.path.exists(vmlinux) else ""
        print(f"gdb: target remote {guest.gdb}{symbols}", file=sys.stderr)
    return Setup(guest, chosen, sharing, os.path.abspath(results), [top, *_keep(order.request)],
                 float(options["stall"] or STALL_SECONDS), root=root)


def _keep(request: Request) -> List[str]:
    """The folders of the host that a command names, and which the guest has to see."""
    names = [request.selection.programs or os.environ.get("HUGEPROOF_PROGRAMS")]
    if known_list.FOLDER_VARIABLE in os.environ:
        names.append(known_list.folder())
    return [os.path.abspath(name) for name in names if name] + [
        os.path.dirname(os.path.abspath(name)) for name in request.known_issues]
