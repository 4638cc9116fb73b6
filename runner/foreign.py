# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs with another word size than the kernel's, which a kernel may refuse to run."""
from __future__ import annotations

import errno
import os
from typing import Optional

_ELF_32 = b"\x7fELF\x01"


def native(path: str, build: str) -> str:
    """The path of the same program in the machine's own word size, which has the same description.
    `build` is the folder of the other build."""
    return os.sep.join(path.rsplit(f"{os.sep}{build}{os.sep}", 1))


def unfit(path: str, error: Optional[str]) -> Optional[str]:
    """Why this kernel cannot run programs like that of `path`, for which run_program() returned
    `error`; None where there may be another reason, such as a damaged file."""
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
