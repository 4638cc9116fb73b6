# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest's initramfs: busybox, the init, the modules to load and the command to run."""
from __future__ import annotations

import os
import shutil
import subprocess
from typing import Dict, List, Sequence

from .. import invoked
from ..endings import run_tool
from ..errors import Refused
from . import cache, foreign
from .image import Kernel
from .modules import SHARING, USEFUL, Modules, unpacked

MAX_COMMAND = 100_000


def init_path() -> str:
    """scripts/guest-init of this project."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return os.path.join(top, "scripts", "guest-init")


def sharing_of(kernel: Kernel) -> List[str]:
    """The ways of sharing files that the kernel supports, the best first. Without a folder of
    modules this is unknown until the kernel boots, and all ways are returned."""
    if kernel.modules is None:
        return ["9p", "virtiofs"]
    modules = Modules(kernel.modules)
    ways = [way for way, names in SHARING.items() if all(map(modules.has, names))]
    if not ways:
        raise Refused(f"kernel {kernel.release} has neither 9p nor virtiofs (CONFIG_NET_9P_VIRTIO "
                      "and CONFIG_9P_FS, or CONFIG_VIRTIO_FS), by which a guest sees the host's "
                      "files: take a kernel that has one of them")
    return ways


def write(path: str, kernel: Kernel, sharing: str, settings: Dict[str, str],
          command: Sequence[str] = ()) -> None:
    """Writes the archive. `settings` become files that guest-init reads; the command
    is kept byte for byte, each word ended by a NUL. Raises Refused."""
    words = b"".join(os.fsencode(word) + b"\0" for word in command)
    if len(words) > MAX_COMMAND:
        raise Refused(f"a command of {len(words)} bytes is too long for the guest "
                      f"({MAX_COMMAND} at most): name areas or patterns instead of single tests")
    root = cache.scratch()
    try:
        for name in ("bin", "dev", "proc", "sys", "newroot", "modules", "lab"):
            os.mkdir(os.path.join(root, name))
        arch = kernel.arch
        shutil.copy(busybox() if arch.native else foreign.busybox(arch),
                    os.path.join(root, "bin", "busybox"))
        shutil.copy(init_path(), os.path.join(root, "init"))
        os.chmod(os.path.join(root, "init"), 0o755)
        wanted = SHARING[sharing] + USEFUL
        paths = Modules(kernel.modules).order(wanted) if kernel.modules else []
        for number, module in enumerate(paths):
            name = os.path.basename(module).partition(".ko")[0]
            _put(root, f"modules/{number:03}-{name}.ko", unpacked(module))
        output, control = kernel.arch.lines
        for name, value in {**settings, "sharing": sharing, "output_line": output,
                            "control_line": control}.items():
            _put(root, f"lab/{name}", os.fsencode(value))
        _put(root, "lab/command", words)
        _archive(root, path)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _put(root: str, name: str, data: bytes) -> None:
    with open(os.path.join(root, name), "wb") as file:
        file.write(data)


def busybox() -> str:
    """A static busybox on this machine. Raises Refused."""
    path = cache.need_tool("busybox")
    with open(path, "rb") as file:
        # A program that needs a loader names it in a segment near its beginning.
        if b"/ld-linux" in file.read(4096):
            raise Refused(f"{path} is not static, and the guest starts with nothing else: "
                          f"{invoked.setup('--lab')} installs a static one")
    return path


def _archive(root: str, path: str) -> None:
    names: List[str] = []
    for at, folders, files in os.walk(root):
        names += [os.path.relpath(os.path.join(at, name), root) for name in folders + files]
    with open(path, "wb") as file:
        done = run_tool([cache.need_tool("cpio"), "--quiet", "-o", "-H", "newc", "-0"], "cpio",
                        cache.TOOL_SECONDS, b"\0".join(map(os.fsencode, sorted(names))),
                        stdout=file, stderr=subprocess.PIPE, cwd=root)
    if done.returncode:
        raise Refused(f"cpio: {cache.last_line(done.stderr)}")
