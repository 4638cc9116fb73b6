#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""run_tests.py in circumstances that a command line cannot ask for.

wrap.py JSON ARGUMENT...: JSON is a map of `base_seconds` (of a time limit),
`tmpfs` ([folder, options]: mounted in a mount namespace of our own) and
`nobody` (true: give up root).
"""
from __future__ import annotations

import ctypes
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

_CLONE_NEWNS, _MS_REC, _MS_PRIVATE = 0x20000, 0x4000, 1 << 18


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount(folder: str, options: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.unshare(_CLONE_NEWNS))
    _check(libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None))
    _check(libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options.encode()))


def main() -> int:
    """The exit status of run_tests.py."""
    asked = json.loads(sys.argv[1])
    if "tmpfs" in asked:
        _mount(*asked["tmpfs"])
    if asked.get("nobody"):
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
    from runner import cli, plan
    plan.BASE_SECONDS = asked.get("base_seconds", plan.BASE_SECONDS)
    sys.argv[:2] = ["run_tests.py"]
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
