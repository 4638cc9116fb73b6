# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modules that a guest loads when it boots, and their order."""
from __future__ import annotations

import gzip
import lzma
import os
import subprocess
from typing import Dict, List, Sequence, Set

from ..endings import run_tool
from ..errors import Refused, why
from ..text import clean
from . import cache

# The modules without which a guest cannot boot, for each way of sharing files.
SHARING = {"9p": ("virtio_pci", "9pnet_virtio", "9p"), "virtiofs": ("virtio_pci", "virtiofs")}
# What tests use where the kernel has it.
USEFUL = ("hwpoison_inject", "zram", "lzo_rle", "lz4", "crc32c_generic", "ext4", "gup_test",
          "test_hmm", "virtio_blk")


def _name(path: str) -> str:
    return os.path.basename(path).partition(".ko")[0].replace("-", "_")


def _lines(path: str) -> List[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError as error:
        raise Refused(f"cannot read {clean(path)}: {why(error)}") from None


class Modules:
    """The modules of one kernel. `folder` is like /lib/modules/VERSION."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._needs: Dict[str, List[str]] = {}
        self._paths: Dict[str, str] = {}
        for line in _lines(os.path.join(folder, "modules.dep")):
            path, _, needs = line.partition(":")
            self._paths[_name(path)] = path
            self._needs[_name(path)] = [_name(word) for word in needs.split()]
        self._builtin: Set[str] = {_name(line) for line in
                                   _lines(os.path.join(folder, "modules.builtin"))}

    def has(self, name: str) -> bool:
        """True for a module, and for what is built in."""
        return name in self._paths or name in self._builtin

    def order(self, names: Sequence[str]) -> List[str]:
        """Paths of the modules and of all they need, each after what it needs."""
        found: List[str] = []

        def add(name: str) -> None:
            if name in self._builtin or name not in self._paths or self._paths[name] in found:
                return
            # modules.dep lists what is needed nearest first.
            for other in reversed(self._needs[name]):
                add(other)
            found.append(self._paths[name])

        for name in names:
            add(name)
        return [path if os.path.isabs(path) else os.path.join(self.folder, path)
                for path in found]


def unpacked(path: str) -> bytes:
    """A module's bytes, whatever it is compressed with. Raises Refused."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Refused(f"cannot read {clean(path)}: {why(error)}") from None
    if path.endswith(".xz"):
        return lzma.decompress(data)
    if path.endswith(".gz"):
        return gzip.decompress(data)
    if path.endswith(".zst"):
        done = run_tool([cache.need_tool("zstd"), "-dcq"], "zstd", cache.TOOL_SECONDS, data,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise Refused(f"cannot unpack {clean(path)}: {cache.last_line(done.stderr)}")
        return done.stdout
    return data
