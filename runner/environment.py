# SPDX-License-Identifier: LGPL-2.1-or-later
"""The environment variables of programs: of our own making, whatever ours are."""
from __future__ import annotations

import os
import sys
from typing import Dict, List

# What a user may set for programs; all else that begins so is between the runner and them.
_ASKED = ("HUGEPROOF_ALONE", "HUGEPROOF_LAB", "HUGEPROOF_WRONG")
# A library to load into programs: the one way, for what it does is judged as the kernel's doing.
PRELOAD = "HUGEPROOF_PRELOAD"
# How sanitizers report, where programs are built with them.
_SANITIZERS = ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
# What changes which code a program runs, or where its memory comes from.
_CHANGES = ("LD_", "GLIBC_", "MALLOC_", "HUGETLB_", "LIBHUGETLBFS_", "GCONV_PATH", "MEMKIND_",
            "OMP_", "JE_MALLOC", "TCMALLOC_", "QEMU_", "VALGRIND_")


# Of these the runner itself must be rid: its memory would be huge pages, of the pool that it
# watches, or its code another's.
_OURS_TOO = ("LD_PRELOAD", "GLIBC_", "MALLOC_", "HUGETLB_")
_RID_OF = "HUGEPROOF_RID_OF"


def rid() -> None:
    """Begins this process anew where it was started with what changes its own memory or code.
    Does not return then."""
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


def withheld() -> List[str]:
    """The names of variables that would change what programs do, and that they do not get."""
    return sorted({*os.environ.get(_RID_OF, "").split(),
                   *(name for name in os.environ if name.startswith(_CHANGES))})


def passed() -> List[str]:
    """What programs get that changes what they do, a text for each."""
    names = (PRELOAD, "HUGEPROOF_WRONG", *_SANITIZERS)
    return [f"programs run with {name}={os.environ[name]}" for name in names
            if os.environ.get(name)]
