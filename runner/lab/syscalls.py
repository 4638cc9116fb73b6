# SPDX-License-Identifier: LGPL-2.1-or-later
"""System calls, mostly about mounts, for which Python has no functions. All raise OSError.

This module imports no other module of the runner, because runner/lab/jail.py is run as a script."""
from __future__ import annotations

import ctypes
import errno
import os
import re
from typing import Dict, Optional, Union

RDONLY, NOSUID, NODEV, NOEXEC, NOSYMFOLLOW = 1, 2, 4, 8, 0x200000
_OPEN_TREE, _MOVE_MOUNT, _FSOPEN, _FSCONFIG, _FSMOUNT, _MOUNT_SETATTR = 428, 429, 430, 431, 432, 442
_CLOEXEC, _SET_STRING, _CREATE = 1, 1, 6
_CLONE, _OPEN_CLOEXEC, _RECURSIVE = 1, 0o2000000, 0x8000
_FROM_EMPTY_PATH = 4
_AT_FDCWD = -100
# Flags of mount(2), where RDONLY to NOEXEC have the same values.
_REMOUNT, _BIND = 32, 4096
_FLAGS = {b"ro": RDONLY, b"nosuid": NOSUID, b"nodev": NODEV, b"noexec": NOEXEC,
          b"nosymfollow": 256}
_libc = ctypes.CDLL(None, use_errno=True)


def _call(number: int, *words: Union[int, bytes, None, "ctypes.Array[ctypes.c_uint64]"]) -> int:
    found = int(_libc.syscall(ctypes.c_long(number), *(
        ctypes.c_long(word) if isinstance(word, int) else word for word in words)))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found


def new_tmpfs(options: Dict[str, str], attributes: int) -> int:
    """A descriptor of a new tmpfs that is mounted nowhere, and is freed with its last descriptor.
    `attributes`: mount attributes such as RDONLY."""
    made = _call(_FSOPEN, b"tmpfs", _CLOEXEC)
    try:
        for name, value in options.items():
            _call(_FSCONFIG, made, _SET_STRING, name.encode(), value.encode(), 0)
        _call(_FSCONFIG, made, _CREATE, None, None, 0)
        return _call(_FSMOUNT, made, _CLOEXEC, attributes)
    finally:
        os.close(made)


def open_tree(path: str) -> int:
    """A descriptor of a recursive copy of the mount that holds the folder, with the folder as its
    root."""
    return _call(_OPEN_TREE, _AT_FDCWD, os.fsencode(path), _CLONE | _OPEN_CLOEXEC | _RECURSIVE)


def attach(tree: int, path: str) -> None:
    """Mounts what new_tmpfs() or open_tree() returned."""
    _call(_MOVE_MOUNT, tree, b"", _AT_FDCWD, os.fsencode(path), _FROM_EMPTY_PATH)


def restrict(path: str, attributes: int) -> None:
    """Adds attributes such as RDONLY to the mount and to all mounts below it."""
    words = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    try:
        _call(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), _RECURSIVE, words,
              ctypes.sizeof(words))
    except OSError as error:
        # Linux before 5.12 has no mount_setattr(); seccomp filters return EPERM for system calls
        # that they do not know.
        if error.errno not in (errno.ENOSYS, errno.EPERM):
            raise
        _restrict_each(os.fsencode(path).rstrip(b"/"), attributes)


def _restrict_each(top: bytes, attributes: int) -> None:
    with open("/proc/self/mountinfo", "rb") as file:
        rows = [row.split() for row in file]
    for row in rows:
        path = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), row[4])
        if path != top and not path.startswith(top + b"/"):
            continue
        has = sum(_FLAGS.get(word, 0) for word in row[5].split(b","))
        try:
            mount(None, path, _REMOUNT | _BIND | has | attributes)
        except FileNotFoundError:
            pass  # Another mount covers it.
        except OSError:
            if ~os.statvfs(path).f_flag & attributes:
                raise


def unshare(flags: int) -> None:
    """Moves this process into new namespaces, given by flags such as CLONE_NEWNS."""
    if _libc.unshare(flags):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(source: Optional[bytes], target: bytes, flags: int) -> None:
    """mount(2) without a type and without data."""
    if _libc.mount(source, target, None, ctypes.c_ulong(flags), None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def prctl(option: int, *words: int) -> int:
    """prctl(2)."""
    found = int(_libc.prctl(option, *map(ctypes.c_ulong, (*words, *[0] * (4 - len(words))))))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found


def only_capabilities(capabilities: int) -> None:
    """Reduces the calling thread's capabilities, and those that it could gain, to this mask."""
    words = (ctypes.c_uint32 * 2)(0x20080522, 0)
    low, high = capabilities & 0xffffffff, capabilities >> 32
    sets = (ctypes.c_uint32 * 6)(low, low, low, high, high, high)
    if _libc.capset(words, sets):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
