# SPDX-License-Identifier: LGPL-2.1-or-later
"""The priority of a process's input and output, for which the C library has no functions."""
from __future__ import annotations

import ctypes
import os
import struct
from typing import Optional, Tuple

_libc = ctypes.CDLL(None, use_errno=True)
# The numbers of ioprio_get(2) and ioprio_set(2), by machine and size of a pointer. The machine
# alone does not decide: 252 is exit_group(2) for a 32-bit process of an x86_64 kernel.
_NUMBERS = {("x86_64", 8): (252, 251), ("ppc64le", 8): (274, 273), ("s390x", 8): (283, 282),
            ("aarch64", 8): (31, 30), ("riscv64", 8): (31, 30), ("loongarch64", 8): (31, 30)}
_PROCESS = 1


def _numbers() -> Optional[Tuple[int, int]]:
    return _NUMBERS.get((os.uname().machine, struct.calcsize("P")))


def get() -> int:
    """The priority of this process; -1 where the number of the call is not known."""
    numbers = _numbers()
    return int(_libc.syscall(numbers[0], _PROCESS, 0)) if numbers else -1


def set_to(value: int) -> None:
    """Sets the priority of this process, where the number of the call is known."""
    numbers = _numbers()
    if numbers:
        _libc.syscall(numbers[1], _PROCESS, 0, value)
