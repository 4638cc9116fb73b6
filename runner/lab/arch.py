# SPDX-License-Identifier: LGPL-2.1-or-later
"""A table of the architectures that guests can have, with everything that depends on them."""
from __future__ import annotations

import gzip
import os
import platform
import re
import struct
import zlib
from dataclasses import dataclass, replace
from typing import Dict, List, Mapping, Optional, Tuple

from .. import invoked
from ..errors import Refused, why
from ..text import clean, decode

# The version is looked for in this many bytes of an unpacked image.
_MOST_IMAGE = 256 << 20


@dataclass(frozen=True)
class BasePage:
    """A size of base pages: the kernel options that select it, the huge page sizes of such a
    kernel, and the one of them that a PMD maps."""

    options: Tuple[str, ...]
    huge: Tuple[str, ...]
    pmd: str


@dataclass(frozen=True)
class Arch:
    """An architecture. `page` is the size of base pages that was asked for; empty: the default.

    `name` is the value of --arch, `machine` that of `uname -m`, `debian` Debian's name. QEMU's
    command is made of `qemu`, `model` and `processors` (by accelerator). `console` is the kernel's
    console, and `lines` are the terminals for the command's output and guest-init's messages;
    `port` is the device that provides such a line where the machine has none of its own. `source`
    is the folder below arch/ in a kernel's source, `target` the target of make, `built` the path
    of its result. `triplet` is that of the compiler; `user` are emulators of single programs.
    `words` are added to the kernel's command line; `high_mb` is where most memory begins, on
    machines that can keep memory there from the kernel.
    """

    name: str
    machine: str
    debian: str
    qemu: str
    model: str
    processors: Mapping[str, str]
    console: str
    lines: Tuple[str, str]
    port: str
    source: str
    target: str
    built: str
    triplet: str
    user: Tuple[str, ...]
    pages: Mapping[str, BasePage]
    aliases: Tuple[str, ...] = ()
    tools: Tuple[str, ...] = ()
    words: Tuple[str, ...] = ()
    high_mb: Optional[int] = None
    page: str = ""

    @property
    def native(self) -> bool:
        """True for this machine's own architecture."""
        return self.machine == platform.machine()

    @property
    def cross(self) -> str:
        """The prefix of the names of compiler and binary tools."""
        return "" if self.native else f"{self.triplet}-"

    @property
    def image(self) -> str:
        """The file name of a kernel's image."""
        return os.path.basename(self.built)

    @property
    def make_words(self) -> List[str]:
        """The arguments of a kernel's make for this architecture."""
        return [] if self.native else [f"ARCH={self.source}", f"CROSS_COMPILE={self.cross}"]

    @property
    def remedy(self) -> str:
        """How to install the tools that it needs."""
        return invoked.setup("--lab" + ("" if self.native else f" --arch {self.name}")) \
            + " installs it"

    def line(self, chardev: str, number: int) -> List[str]:
        """QEMU's arguments for the guest's serial line of that number; 0 is the console."""
        if number and self.port:
            return ["-device", f"{self.port},chardev={chardev}"]
        return ["-serial", f"chardev:{chardev}"]

    def fragment(self) -> str:
        """The configuration fragment that selects the base pages that were asked for."""
        options = (self.pages[self.page].options if self.page else self.default_page.options)
        return "".join(f"CONFIG_{name}=y\n" for name in options)

    @property
    def default_page(self) -> BasePage:
        """The base pages of a kernel when no size is asked for."""
        return next(iter(self.pages.values()))

    def paged(self, page: Optional[str]) -> "Arch":
        """The architecture with base pages of that size, if one is asked for. Raises Refused."""
        if page is None:
            return self
        if page.lower() not in self.pages:
            raise Refused(f"{self.name} has no base pages of {clean(page) or 'no size'}: "
                          f"--base-page takes {', '.join(self.pages)}")
        return replace(self, page=page.lower())

    def accelerators(self) -> List[str]:
        """The accelerators that can run its guests on this machine, the best first."""
        return ["kvm"] * (self.native and os.path.exists("/dev/kvm")) + ["tcg"]

    def version_of(self, path: str) -> str:
        """The version in a boot image: the release, the builder, and the text of `uname -v`.
        Raises Refused for any other file."""
        try:
            return _VERSIONS[self.name](path)
        except OSError as error:
            raise Refused(f"no kernel {clean(path)}: {why(error)}") from None


def _x86_version(path: str) -> str:
    """The version by the field kernel_version of the boot protocol."""
    with open(path, "rb") as file:
        head = file.read(1 << 16)
    if len(head) < 0x250 or head[0x202:0x206] != b"HdrS":
        raise Refused(f"{clean(path)} is no x86 kernel image (a bzImage, as make bzImage or "
                      "/boot/vmlinuz-*)")
    at = struct.unpack_from("<H", head, 0x20E)[0] + 0x200
    return clean(decode(head[at:at + 256].split(b"\0")[0])) if at != 0x200 else ""


def _arm64_version(path: str) -> str:
    """The version in the text of the first message of the kernel, in an image with the magic
    number of arm64."""
    with open(path, "rb") as file:
        head = file.read(2)
        file.seek(0)
        try:
            with gzip.open(file) if head == b"\x1f\x8b" else file as data:
                image = data.read(_MOST_IMAGE)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            image = b""
    if image[0x38:0x3c] != b"ARM\x64":
        raise Refused(f"{clean(path)} is no arm64 kernel image (an Image or Image.gz, as make "
                      "Image or /boot/vmlinuz-*)")
    match = re.search(rb"Linux version (\S+ \([^()\n]*\)) [^\n\0]*?(#\d[^\n\0]*)", image)
    return clean(decode(b" ".join(match.groups()))) if match else ""


_VERSIONS = {"x86_64": _x86_version, "arm64": _arm64_version}

X86_64 = Arch(
    name="x86_64", machine="x86_64", debian="amd64", aliases=("amd64", "x86-64"),
    qemu="qemu-system-x86_64",
    # Nearly all memory lies above 4 GB in one piece: a hole below 4 GB would make fewer 1 GB pages
    # possible.
    model="pc,max-ram-below-4g=1024M", high_mb=4096,
    # TCG emulates "rep stosb" byte by byte: without ERMS the kernel clears pages 6 times as fast.
    processors={"kvm": "host", "tcg": "max,-erms,-fsrm"},
    console="ttyS0", lines=("ttyS1", "ttyS2"), port="",
    source="x86", target="bzImage", built="arch/x86/boot/bzImage", tools=("lz4",),
    triplet="x86_64-linux-gnu", user=("qemu-x86_64", "qemu-x86_64-static"),
    pages={"4k": BasePage((), ("2M", "1G"), "2M")})

ARM64 = Arch(
    name="arm64", machine="aarch64", debian="arm64", aliases=("aarch64",),
    qemu="qemu-system-aarch64", model="virt,gic-version=max",
    # Emulating the architecture's own algorithm of pointer authentication takes TCG more time than
    # everything else together.
    processors={"kvm": "host", "tcg": "max,pauth-impdef=on"},
    # The machine has only one serial line of its own.
    console="ttyAMA0", lines=("ttyS0", "ttyS1"), port="pci-serial",
    source="arm64", target="Image", built="arch/arm64/boot/Image",
    triplet="aarch64-linux-gnu", user=("qemu-aarch64", "qemu-aarch64-static"),
    words=("earlycon",),
    pages={"4k": BasePage(("ARM64_4K_PAGES",), ("64K", "2M", "32M", "1G"), "2M"),
           "16k": BasePage(("ARM64_16K_PAGES",), ("2M", "32M", "1G"), "32M"),
           "64k": BasePage(("ARM64_64K_PAGES",), ("2M", "512M", "16G"), "512M")})

TABLE: Dict[str, Arch] = {each.name: each for each in (X86_64, ARM64)}


def of_this_machine() -> Arch:
    """The architecture of this machine. Raises Refused where the table lacks it."""
    for each in TABLE.values():
        if each.native:
            return each
    raise Refused(f"the lab has no guests of this machine's kind ({clean(platform.machine())}): "
                  f"name one of {', '.join(TABLE)} with --arch")


def named(name: Optional[str], page: Optional[str] = None) -> Arch:
    """The architecture that --arch and --base-page name. Raises Refused."""
    found = [of_this_machine()] if name is None else [
        each for each in TABLE.values() if name.lower() in (each.name, *each.aliases)]
    if not found:
        raise Refused(f"no architecture {clean(name or '') or 'without a name'}: --arch takes "
                      f"{', '.join(TABLE)}")
    return found[0].paged(page)
