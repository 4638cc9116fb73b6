# SPDX-License-Identifier: LGPL-2.1-or-later
"""The environment variables of programs, which do not depend on those of the runner."""
from __future__ import annotations

import os
import sys
from typing import Dict, List

# The variables that users may set for programs; all others with this prefix are internal.
_ASKED = ("HUGEPROOF_ALONE", "HUGEPROOF_LAB", "HUGEPROOF_WRONG")
# The only way to load a library into programs; its effects count as the kernel's.
PRELOAD = "HUGEPROOF_PRELOAD"
# How sanitizers report, where programs are built with them.
_SANITIZERS = ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
# Variables that change the code that a program runs, or where its memory comes from.
_CHANGES = ("LD_", "GLIBC_", "MALLOC_", "HUGETLB_", "LIBHUGETLBFS_", "GCONV_PATH", "MEMKIND_",
            "OMP_", "JE_MALLOC", "TCMALLOC_", "QEMU_", "VALGRIND_")


# Variables that the runner itself must not have: with them it would use huge pages of the pools
# that it watches, or run foreign code.
_OURS_TOO = ("LD_PRELOAD", "GLIBC_", "MALLOC_", "HUGETLB_")
_RID_OF = "HUGEPROOF_RID_OF"


def rid() -> None:
    """Executes this process again without variables that change its own memory or code, if it has
    any. Does not return then."""
    ours = [name for name in os.environ if name.startswith(_OURS_TOO)]
    if not ours or _RID_OF in os.environ or not sys.executable:
        return
    with open("/proc/self/cmdline", "rb") as file:
        argv = file.read().split(b"\0")[:-1]
    left = {name: value for name, value in os.environ.items() if name not in ours}
    os.execve(sys.executable, argv, {**left, _RID_OF: " ".join(ours)})


def programs() -> Dict[str, str]:
    """The environment that every program gets."""
    made = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/",
            "LC_ALL": "C", "TZ": "UTC0"}
    for name in (*_ASKED, *_SANITIZERS):
        if name in os.environ:
            made[name] = os.environ[name]
    if os.environ.get(PRELOAD):
        made["LD_PRELOAD"] = os.environ[PRELOAD]
    return made


def alone() -> bool:
    """True where there are no other users, so that nobody else explains what a program does: in the
    lab's guest, or if the user says so."""
    return "HUGEPROOF_LAB" in os.environ or "HUGEPROOF_ALONE" in os.environ


def withheld() -> List[str]:
    """The names of variables that are set, would change what programs do, and are not passed on
    to them."""
    return sorted({*os.environ.get(_RID_OF, "").split(),
                   *(name for name in os.environ if name.startswith(_CHANGES))})


def passed() -> List[str]:
    """A text for each variable that programs get and that changes what they do."""
    names = (PRELOAD, "HUGEPROOF_WRONG", *_SANITIZERS)
    return [f"programs run with {name}={os.environ[name]}" for name in names
            if os.environ.get(name)]
