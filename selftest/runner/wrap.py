#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs run_tests.py under conditions that no option can create.

wrap.py JSON ARGUMENT...: JSON is a map of `base_seconds` (of a time limit), `set_up_seconds` (of a
guest), `again_seconds` (for which a machine is looked for whose link was lost),
`tmpfs` ([folder, options]: mounted in a separate mount namespace),
`binds` (map of files to those that are bind-mounted over them there),
`shared` (true: programs get no separate namespaces), `without` (list of packages that are not
installed),
`nobody` (true: give up root) and `fault` (a function of the runner, by its whole name, that
fails when it is called). Lines of the kernel log that begin with "as the kernel: " are taken for
the kernel's, because nothing safe makes the kernel complain.
"""
from __future__ import annotations

import ctypes
import json
import os
import pkgutil
import sys
from typing import Dict, Optional

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

_AS_THE_KERNEL = "as the kernel: "
_CLONE_NEWNS, _MS_REC, _MS_PRIVATE, _MS_BIND = 0x20000, 0x4000, 1 << 18, 0x1000


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _own_mounts() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.unshare(_CLONE_NEWNS))
    _check(libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None))
    return libc


def _bind(binds: Dict[str, str]) -> None:
    libc = _own_mounts()
    for path, source in binds.items():
        _check(libc.mount(os.fsencode(source), os.fsencode(path), None, _MS_BIND, None))


def _mount(folder: str, options: str) -> None:
    libc = _own_mounts()
    _check(libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options.encode()))


def _fault(name: str) -> None:
    """From now on the function fails."""
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")
    holder, _, last = name.rpartition(".")
    setattr(pkgutil.resolve_name(holder), last, fail)


def _let_processes_speak_as_the_kernel() -> None:
    from runner.observe import kmsg
    parse = kmsg.parse

    def parsed(record: bytes) -> Optional[kmsg.Line]:
        line = parse(record)
        if line and line.text.startswith(_AS_THE_KERNEL):
            line.text, line.kernel = line.text[len(_AS_THE_KERNEL):], True
        return line
    kmsg.parse = parsed


def main() -> int:
    """The exit status of run_tests.py."""
    asked = json.loads(sys.argv[1])
    if "tmpfs" in asked:
        _mount(*asked["tmpfs"])
    if "binds" in asked:
        _bind(asked["binds"])
    if asked.get("nobody"):
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
    for name in asked.get("without", ()):
        sys.modules[name] = None  # type: ignore[assignment]
    from runner import cli, plan
    _let_processes_speak_as_the_kernel()
    if asked.get("shared"):
        from runner.settings.namespaces import Namespaces
        Namespaces.enter = lambda self: None  # type: ignore[method-assign]
    plan.BASE_SECONDS = asked.get("base_seconds", plan.BASE_SECONDS)
    if "set_up_seconds" in asked:
        from runner.watch import run
        run.SET_UP_SECONDS = asked["set_up_seconds"]
    if "again_seconds" in asked:
        from runner.remote import machine
        machine.AGAIN_SECONDS = asked["again_seconds"]
    if "fault" in asked:
        _fault(asked["fault"])
    sys.argv[:2] = ["run_tests.py"]
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
