# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of another word size than the kernel's: a kernel may refuse to run them."""
from __future__ import annotations

import errno
import os
from typing import Optional

_ELF_32 = b"\x7fELF\x01"


def native(path: str, build: str) -> str:
    """Where the same program of the machine's own word size is, which says the same of
    itself; `build` is the folder of the other build."""
    return os.sep.join(path.rsplit(f"{os.sep}{build}{os.sep}", 1))


def unfit(path: str, error: Optional[str]) -> Optional[str]:
    """Why this kernel runs no program such as that of `path`, of which run_program() said
    `error`; None where another reason may be at hand, such as a file that is damaged."""
    if not error or not error.endswith(os.strerror(errno.ENOEXEC)):
        return None
    try:
        with open(path, "rb") as file:
            if file.read(len(_ELF_32)) != _ELF_32:
                return None
    except OSError:
        return None
    return ("needs a kernel that runs 32-bit programs, and this one refuses them (Exec format "
            "error: built without CONFIG_IA32_EMULATION, or booted with ia32_emulation=off): "
            "run it in the lab")
