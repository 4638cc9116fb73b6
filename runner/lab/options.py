# SPDX-License-Identifier: LGPL-2.1-or-later
"""The options that make a guest."""
from __future__ import annotations

import argparse
from typing import Any, Dict, Optional, Sequence

from ..coverage.outside import KERNEL as COUNTING
from ..errors import Refused
from ..text import clean
from .arch import TABLE, Arch, named

RUNNABLE = ("func", "stress", "perf", "list", "probe")
RECORDED = ("func", "stress", "perf")
# The commands that several guests can share.
SHARED = ("func", "stress")
# The options of a guest that are recorded in run.json, so that a run can be resumed.
KEPT = ("arch", "base_page", "kernel", "modules", "nodes", "cpus", "memory", "hugepages",
        "append", "swap", "hmm_coherent", "accel", "share", "stall", "measure")
DEFAULTS: Dict[str, Any] = {
    "arch": None, "base_page": None,
    "kernel": "build", "modules": None, "nodes": 1, "cpus": None, "memory": "4G", "hugepages": "",
    "append": [], "swap": "", "hmm_coherent": False, "accel": None, "share": None, "stall": None,
    "measure": "time"}
# The number of processors where instructions are counted: those of a second one would be counted as
# well.
PROCESSORS = {"time": 2, "instructions": 1}
Json = Dict[str, Any]


class _Words(argparse.ArgumentParser):
    def error(self, message: str) -> "NoReturn":  # type: ignore[name-defined]  # noqa: F821
        """Reports an error in one line, where argparse would print its own and exit."""
        raise Refused(f"{self.prog}: {message}")


def add_arch_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that name the architecture of a kernel."""
    parser.add_argument("--arch", metavar="ARCH", help=f"{', '.join(TABLE)} (default: this "
                        "machine's)")
    parser.add_argument("--base-page", metavar="SIZE", help="base pages of a kernel that the lab "
                        "builds, such as 64k (default: 4k)")


def add_guest_options(parser: argparse.ArgumentParser, kernel: bool = True) -> None:
    """Adds the options of a guest; without --kernel and --gdb for commands that choose the kernel
    in another way."""
    add = parser.add_argument
    add_arch_options(parser)
    if kernel:
        add("--kernel", metavar="K", help="build (default), build:SOURCE, "
            "patched:FILE.cocci, running, deb:[SUITE/]PACKAGE[=VERSION], deb:FILE.deb, "
            "rpm:FILE.rpm or the path of a kernel's image")
    add("--modules", metavar="DIR", help="its modules, like /lib/modules/VERSION")
    add("--nodes", metavar="N", help="NUMA nodes (default 1)")
    add("--cpus", metavar="N", help="processors (default 2; 1 where instructions are counted)")
    add("--memory", metavar="SIZE", help="such as 4G, the default")
    add("--hugepages", metavar="LIST", help="reserved at boot, such as 2M:64,1G:1")
    add("--swap", metavar="SIZE", help="swap on zram, such as 512M (default: none)")
    add("--append", metavar="WORDS", action="append", help="for the kernel's command line (may "
        "repeat)")
    add("--hmm-coherent", action="store_const", const=True,
        help="give the HMM test devices coherent memory too")
    add("--accel", choices=("kvm", "tcg"), help="default: KVM if it works here, else TCG")
    add("--share", choices=("9p", "virtiofs"), help="how the guest sees the host's files "
        "(default: what the kernel has)")
    add("--stall", metavar="S", help="without a sign of life for S seconds beyond the running "
        "program's limit the guest has hung (default 60)")
    add("--measure", choices=("time", "instructions"), help="instructions: the guest runs on one "
        "thread, with the count of its instructions as its clock (slow; default: time)")
    if kernel:
        add("--gdb", action="store_true", help="let gdb in, by a socket "
            "that only root can open: its path is printed")


def arch_of(options: Json) -> Arch:
    """The architecture that options name. Raises Refused."""
    return named(options.get("arch"), options.get("base_page"))


def with_counters(kernel: Optional[str]) -> str:
    """The value of --kernel that --coverage makes of it. Raises Refused for kernels that the lab
    does not build."""
    name, colon, place = (kernel or "build").partition(":")
    if name not in ("build", COUNTING) or (colon and not place):
        raise Refused("--coverage goes with --kernel build or build:DIR, not "
                      f"{clean(kernel or '')}")
    return COUNTING + colon + place


def kept(args: argparse.Namespace) -> Json:
    """The options that are recorded, as they were given; None for those that were not."""
    return {**dict.fromkeys(KEPT), **{name: value for name, value in vars(args).items()
                                      if name in KEPT}}


def of_words(words: Sequence[str], what: str) -> Json:
    """The options in the words of a command line, with defaults. Raises Refused; `what` names
    where the words come from."""
    parser = _Words(prog=what, add_help=False, allow_abbrev=False)
    add_guest_options(parser)
    return filled(kept(parser.parse_args(list(words))))


def filled(options: Json) -> Json:
    """The options, with defaults for those that were not given."""
    found = {name: DEFAULTS.get(name) if value is None else value
             for name, value in options.items()}
    if found["cpus"] is None:
        found["cpus"] = PROCESSORS[found["measure"]]
    return found
