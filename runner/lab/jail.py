# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command with the least privileges that it needs: `jail.py SPECIFICATION COMMAND...`, as
root.

The command dies with its parent, dumps no core, and has network (with no interface), System V IPC
and mount namespaces of its own. It sees the host's files read-only, without devices and without
the places over which a guest mounts its own file systems, except folders that are named. It may
run as another user. This is a script of its own, with one thread, because Python code must not run
between fork and exec in a process with several threads.
"""
from __future__ import annotations

import errno
import json
import os
import resource
import signal
import stat
import sys
from typing import Any, Dict, List, Optional, Sequence

if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    import syscalls
else:
    from . import syscalls

# The folders over which a guest mounts writable file systems of its own (scripts/guest-init).
COVERED = ("/run", "/tmp", "/var/tmp")


def covered(path: str) -> bool:
    """True for what is in such a place."""
    return path.startswith(tuple(place + "/" for place in COVERED))


# Capabilities, as the kernel numbers them.
CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID = 0, 1, 2, 3, 4
SETGID, SETUID, SETPCAP, SYS_CHROOT, MKNOD, SETFCAP = 6, 7, 8, 18, 27, 31
_LAST_CAPABILITY = 63
_MOST_FILES, _MOST_THREADS = 65536, 1024
_NEWNS, _NEWUTS, _NEWIPC, _NEWNET = 0x20000, 0x4000000, 0x8000000, 0x40000000
_PRIVATE_TREE = (1 << 14) | (1 << 18)
_PDEATHSIG, _KEEPCAPS, _CAPBSET_DROP, _NO_NEW_PRIVS, _AMBIENT, _RAISE = 1, 8, 24, 38, 47, 2
_NODES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9)}
Json = Dict[str, Any]


def specification(keep: Sequence[str] = (), user: Optional[int] = None,
                  capabilities: Sequence[int] = (), must: bool = False,
                  groups: Sequence[str] = ()) -> str:
    """The SPECIFICATION for main(). `keep`: folders below COVERED that stay visible; `user`: the
    user that the command runs as (default: root), with these capabilities; `must`: the command is
    not run where it cannot be confined (in a container); `groups`: cgroups that it joins."""
    return json.dumps({"parent": os.getpid(), "keep": list(keep), "user": user, "must": must,
                       "capabilities": list(capabilities), "groups": list(groups)})


def command(spec: str, argv: Sequence[str]) -> List[str]:
    """The command line that runs `argv` under that specification."""
    return ["/usr/bin/python3", "-I", "-S", "-B", os.path.abspath(__file__), spec, *argv]


def _dies_with(parent: int) -> None:
    syscalls.prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(127)


def _join(groups: Sequence[str]) -> None:
    for group in groups:
        try:
            with open(f"{group}/cgroup.procs", "w", encoding="ascii") as file:
                file.write("0")
        except OSError:
            pass


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = _MOST_FILES if most == resource.RLIM_INFINITY else min(_MOST_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def _devices(owner: int) -> None:
    """Makes an empty /dev with the few devices that any process may use, and KVM."""
    numbers = dict(_NODES)
    try:
        found = os.stat("/dev/kvm").st_rdev
        numbers["kvm"] = (os.major(found), os.minor(found))
    except OSError:
        pass
    made = syscalls.new_tmpfs({"mode": "0755", "size": "1m"}, syscalls.NOSUID | syscalls.NOEXEC)
    syscalls.attach(made, "/dev")
    os.close(made)
    for name, number in numbers.items():
        os.mknod(f"/dev/{name}", stat.S_IFCHR | 0o600, os.makedev(*number))
        os.chmod(f"/dev/{name}", 0o600 if name == "kvm" else 0o666)
        os.chown(f"/dev/{name}", owner, owner)


def _shut_in(keep: Sequence[str], owner: int) -> None:
    """Gives this process a restricted view of the host's files. Raises OSError."""
    syscalls.unshare(_NEWNS | _NEWUTS | _NEWIPC | _NEWNET)
    syscalls.mount(None, b"/", _PRIVATE_TREE)
    trees = [(syscalls.open_tree(path), path) for path in keep]
    for place in (*COVERED, "/sys"):
        if os.path.isdir(place) and not os.path.islink(place):
            made = syscalls.new_tmpfs({"mode": "0755", "size": "1m"}, syscalls.NOSUID)
            syscalls.attach(made, place)
            os.close(made)
    _devices(owner)
    for tree, path in trees:
        os.makedirs(path, exist_ok=True)
        syscalls.attach(tree, path)
        os.close(tree)
    syscalls.restrict("/", syscalls.RDONLY | syscalls.NOSUID)


def _become(user: Optional[int], capabilities: Sequence[int]) -> None:
    mask = sum(1 << number for number in capabilities)
    for number in range(_LAST_CAPABILITY + 1):
        if not mask >> number & 1:
            try:
                syscalls.prctl(_CAPBSET_DROP, number)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
    if user is not None:
        resource.setrlimit(resource.RLIMIT_NPROC, (_MOST_THREADS, _MOST_THREADS))
        syscalls.prctl(_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    syscalls.only_capabilities(mask)
    if user is not None:
        for number in capabilities:
            syscalls.prctl(_AMBIENT, _RAISE, number)
    syscalls.prctl(_NO_NEW_PRIVS, 1)


def main(argv: List[str]) -> None:
    """Executes the command. Exits with 126 where it must be confined and cannot be."""
    spec: Json = json.loads(argv[1])
    _dies_with(spec["parent"])
    _join(spec["groups"])
    _limit()
    os.umask(0o022)
    try:
        _shut_in(spec["keep"], spec["user"] or 0)
    except OSError as error:
        if spec["must"]:
            print(f"cannot be confined: {error.strerror}", file=sys.stderr)
            os._exit(126)
    os.umask(0o077)
    os.chdir("/")
    _become(spec["user"], spec["capabilities"])
    _dies_with(spec["parent"])  # Changing the user clears the parent-death signal.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.execve(argv[2], argv[2:], {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})


if __name__ == "__main__":
    main(sys.argv)
