#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of architectures, which is the only place in the runner that depends on one."""
from __future__ import annotations

import gzip
import os
import re
import struct
import sys
import tempfile
import unittest
from dataclasses import replace
from typing import Any, Dict, List
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.errors import Refused  # noqa: E402
from runner.lab import (accel, arch, choice, foreign, guest, image, kernel,  # noqa: E402
                        setup, wanted)
from runner.lab.order import Order  # noqa: E402
from runner.request import Request, Selection  # noqa: E402
from runner.text import size_kb  # noqa: E402

# Names that belong to one architecture only.
ALONE = re.compile(r"bzImage|ttyS\d|ttyAMA|qemu-system-(?!common)\w|\bamd64\b|aarch64"
                   r"|arch/(?:x86|arm64)|\bpc,|memmap=\d")
# The table, and the one of system calls' numbers, which has nothing of guests.
KNOWS = ("runner/lab/arch.py", "runner/ioprio.py")


class Table(unittest.TestCase):
    """The content of the table."""

    def test_nothing_else_in_the_runner_names_an_architecture(self) -> None:
        found = []
        for at, _, names in os.walk(os.path.join(support.TOP, "runner")):
            for name in names:
                path = os.path.join(at, name)
                short = os.path.relpath(path, support.TOP)
                if name.endswith(".py") and short not in KNOWS:
                    with open(path, encoding="utf-8") as file:
                        found += [f"{short}:{number}: {line.strip()}"
                                  for number, line in enumerate(file, 1) if ALONE.search(line)]
        self.assertEqual(found, [])

    def test_each_has_all_that_a_guest_takes(self) -> None:
        for each in arch.TABLE.values():
            self.assertEqual(arch.named(each.name), each)
            self.assertTrue(each.pages)
            self.assertEqual(set(each.processors), {"kvm", "tcg"})
            self.assertEqual(len({each.console, *each.lines}), 3, each.name)
            self.assertIn("tcg", each.accelerators())
            for page in each.pages.values():
                self.assertIn(page.pmd, page.huge)
                sizes = [size_kb(size) or 0 for size in page.huge]
                self.assertEqual(sizes, sorted(set(sizes)), each.name)
            made = guest.Guest(image.Kernel("k", "6", None, each), nodes=2)
            made.check()
            words = made.qemu("tcg", "k", "i")
            self.assertEqual(words[0], each.qemu)
            self.assertIn(f"console={each.console}", words[-1].split())

    def test_by_other_names_and_not_at_all(self) -> None:
        self.assertEqual(arch.named("aarch64").name, "arm64")
        self.assertEqual(arch.named("AMD64").name, "x86_64")
        self.assertEqual(arch.named("arm64", "64K").page, "64k")
        for name, page, word in (("vax", None, "no architecture vax: --arch takes x86_64, arm64"),
                                 ("arm64", "8k", "no base pages of 8k: --base-page takes 4k, 16k, "
                                  "64k"), ("x86_64", "64k", "no base pages of 64k")):
            with self.assertRaisesRegex(Refused, word):
                arch.named(name, page)

    def test_this_machine_has_the_native_one(self) -> None:
        with mock.patch.object(arch.platform, "machine", lambda: "aarch64"):
            self.assertEqual(arch.of_this_machine().name, "arm64")
            self.assertEqual((arch.ARM64.cross, arch.ARM64.make_words), ("", []))
            self.assertEqual(arch.X86_64.cross, "x86_64-linux-gnu-")
        with mock.patch.object(arch.platform, "machine", lambda: "vax"):
            with self.assertRaisesRegex(Refused, r"no guests of this machine's kind \(vax\)"):
                arch.named(None)

    def test_kvm_is_for_the_native_one(self) -> None:
        with mock.patch.object(arch.platform, "machine", lambda: "x86_64"), \
                mock.patch.object(arch.os.path, "exists", lambda path: True):
            self.assertEqual(arch.X86_64.accelerators(), ["kvm", "tcg"])
            self.assertEqual(arch.ARM64.accelerators(), ["tcg"])

    def test_a_page_size_is_for_kernels_that_we_build(self) -> None:
        with self.assertRaisesRegex(Refused, "--base-page is for kernels that the lab builds"):
            choice.choose("deb:linux-image-arm64", None, arch.named("arm64", "16k"), make=False)

    def test_memory_that_is_kept_from_the_kernel(self) -> None:
        made = guest.Guest(image.Kernel("k", "6", None, arch.ARM64), coherent=True)
        with self.assertRaisesRegex(Refused, "kept from the kernel"):
            made.check()


class Options(unittest.TestCase):
    """Options and kernels of each architecture."""

    def test_each_is_asked_for_its_own_options(self) -> None:
        with open(kernel.fragment_path(), encoding="utf-8") as file:
            asked = wanted.read(file.read())
        self.assertEqual({option.arch for each in asked for option in each.options} - {None},
                         set(arch.TABLE))
        x86, arm64 = (wanted.Wanted(asked, (6, 12), each.name).values
                      for each in (arch.X86_64, arch.ARM64))
        self.assertIn("X86_MCE", x86)
        self.assertFalse({name for name in arm64 if name.startswith("X86")})
        self.assertEqual(arm64["SERIAL_AMBA_PL011_CONSOLE"], "y")
        self.assertNotIn("SERIAL_AMBA_PL011_CONSOLE", x86)

    def test_base_pages_make_another_kernel(self) -> None:
        self.assertEqual(arch.X86_64.fragment(), "")
        self.assertEqual(arch.named("arm64", "64k").fragment(), "CONFIG_ARM64_64K_PAGES=y\n")
        self.assertEqual(arch.ARM64.fragment(), "CONFIG_ARM64_4K_PAGES=y\n")


class Images(unittest.TestCase):
    """What images reveal about themselves."""

    def test_versions(self) -> None:
        x86 = bytearray(0x400)
        x86[0x202:0x206] = b"HdrS"
        struct.pack_into("<H", x86, 0x20E, 0x100)
        x86[0x300:0x314] = b"6.99.1-x (me@here) #"
        arm64 = bytearray(0x1000)
        arm64[0x38:0x3c] = b"ARM\x64"
        text = b"Linux version 6.99.1-x (me@here) (gcc (Debian 12) 12.2, GNU ld 2.40) #1 SMP\n\0"
        arm64[0x800:0x800 + len(text)] = text
        with tempfile.NamedTemporaryFile(prefix="hugeproof-selftest-", dir="/run") as file:
            for each, image_of, said in (
                    (arch.X86_64, bytes(x86), "6.99.1-x (me@here) #"),
                    (arch.ARM64, bytes(arm64), "6.99.1-x (me@here) #1 SMP"),
                    (arch.ARM64, gzip.compress(bytes(arm64)), "6.99.1-x (me@here) #1 SMP")):
                with open(file.name, "wb") as out:
                    out.write(image_of)
                self.assertEqual(each.version_of(file.name), said)
                other = arch.ARM64 if each is arch.X86_64 else arch.X86_64
                with self.assertRaisesRegex(Refused, "is no (x86|arm64) kernel image"):
                    other.version_of(file.name)
            with open(file.name, "wb") as out:
                out.write(gzip.compress(bytes(arm64))[:-20])
            with self.assertRaisesRegex(Refused, "is no arm64 kernel image"):
                arch.ARM64.version_of(file.name)


class Foreign(unittest.TestCase):
    """What a guest of another architecture has instead of this machine's files."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run")
        self.addCleanup(scratch.cleanup)
        self.path = scratch.name
        self.environment: Dict[str, str] = {}

    def put(self, name: str, text: str = "") -> str:
        """A file in a tree of sources."""
        path = os.path.join(self.path, "top", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def copied(self) -> bool:
        """Copies the tree; returns whether the copy was out of date."""
        return foreign._copy(  # pylint: disable=protected-access
            os.path.join(self.path, "top"), os.path.join(self.path, "copy"))

    def test_a_copy_has_sources_and_nothing_that_was_built(self) -> None:
        for name in ("configure", "config.status", "Makefile", "Makefile.am", "lib/a.c", "lib/a.o",
                     "tests/x/t", "tests/x/t.c", "results/1/x.c", "runner/report/page.html"):
            self.put(name)
        self.assertTrue(self.copied())
        found = {os.path.relpath(os.path.join(at, name), os.path.join(self.path, "copy"))
                 for at, _, names in os.walk(os.path.join(self.path, "copy")) for name in names}
        self.assertEqual(found, {"configure", "Makefile.am", "lib/a.c", "tests/x/t.c",
                                 "runner/report/page.html"})

    def test_a_copy_follows_changes(self) -> None:
        self.put("lib/a.c", "1")
        gone = self.put("tests/x/t.c")
        self.assertEqual((self.copied(), self.copied()), (True, False))
        self.put("lib/a.c", "12")
        self.assertEqual((self.copied(), self.copied()), (True, False))
        os.unlink(gone)
        self.assertEqual((self.copied(), self.copied()), (True, False))
        self.assertFalse(os.path.exists(os.path.join(self.path, "copy", "tests/x/t.c")))

    def built(self, place: str = "/srv/root", tool: str = "cc", status: int = 0) -> List[List[str]]:
        """What a build of that tree runs, with no compiler where `tool` is empty."""
        ran: List[List[str]] = []

        def need(name: str, remedy: str) -> str:
            if not tool:
                raise Refused(f"{name} is not installed: {remedy}")
            return tool

        def run(argv: List[str], *_: object, **popen: Any) -> object:
            ran.append(argv)
            self.environment = popen["env"]
            return mock.Mock(returncode=status)
        with mock.patch.object(foreign, "root", lambda its: place), \
                mock.patch.object(foreign.cache, "need_tool", need), \
                mock.patch.object(foreign, "run_tool", run), \
                mock.patch.object(foreign, "say", lambda text: None):
            foreign._build(  # pylint: disable=protected-access
                arch.ARM64, os.path.join(self.path, "top"), os.path.join(self.path, "copy"))
        return ran

    def test_programs_are_built_until_that_is_done(self) -> None:
        """Whatever comes between a copy and its build, no programs of older sources are used."""
        self.put("lib/a.c", "1")
        self.assertEqual(self.built()[0][0], "./configure")
        self.assertEqual(self.built(), [])
        gone = self.put("lib/b.c")
        self.assertEqual(len(self.built()), 1)
        os.unlink(gone)
        with self.assertRaises(Refused):
            self.built(tool="")
        self.assertNotEqual(self.built(), [])
        self.put("lib/a.c", "12")
        with self.assertRaises(Refused):
            self.built(status=2)
        self.assertNotEqual(self.built(), [])
        self.put("lib/a.c", "123")
        self.put("lib/b.c", "1")
        real, copies = foreign.shutil.copy2, []

        def copy(one: str, other: str) -> None:
            """A signal comes after the first file."""
            if copies:
                raise KeyboardInterrupt
            copies.append(other)
            real(one, other)
        with mock.patch.object(foreign.shutil, "copy2", copy), \
                self.assertRaises(KeyboardInterrupt):
            self.built()
        self.put(os.path.relpath(copies[0], os.path.join(self.path, "copy")), "123")
        self.assertNotEqual(self.built(), [])
        self.assertEqual(self.built(), [])

    def test_programs_are_built_again_with_another_root(self) -> None:
        self.put("lib/a.c", "1")
        self.built()
        self.assertEqual([words[0] for words in self.built("/srv/next")],
                         ["./configure", "make", "make"])
        self.assertEqual(self.built("/srv/next"), [])

    def test_programs_are_not_built_with_flags_for_this_machine(self) -> None:
        self.put("lib/a.c", "1")
        with mock.patch.dict(os.environ, CC="gcc", CFLAGS="-march=native", CPPFLAGS="-I/x",
                             LDFLAGS="-L/x", MAKEFLAGS="s -- CFLAGS=-m32", HOME="/root"):
            self.built()
        for name in ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS"):
            self.assertNotIn(name, self.environment)
        self.assertEqual(self.environment["HOME"], "/root")

    def test_who_gets_other_programs(self) -> None:
        asked = Order({"arch": "arm64"}, request=Request(command="func"), words=["list"])
        own = Order({"arch": None}, request=Request(command="func"))
        with mock.patch.object(arch.platform, "machine", lambda: "x86_64"), \
                mock.patch.object(foreign, "programs", lambda its: f"/{its.name}"), \
                mock.patch.dict(os.environ):
            os.environ.pop("HUGEPROOF_PROGRAMS", None)
            self.assertEqual(foreign.fitted(asked).request.selection.programs, "/arm64")
            self.assertEqual(foreign.fitted(own), own)
            named = replace(asked, request=Request(selection=Selection(programs="/mine")))
            self.assertEqual(foreign.fitted(named), named)
            listed = foreign.fitted(replace(asked, request=Request(command="list")))
            self.assertEqual(foreign.words(listed), ["list", "--programs", "/arm64"])
            os.environ["HUGEPROOF_PROGRAMS"] = "/mine"
            self.assertEqual(foreign.fitted(asked), asked)

    def test_all_that_a_command_names_shows_through(self) -> None:
        its = setup.Setup(guest.Guest(image.Kernel("k", "6", None, arch.ARM64)),
                          accel.Accel("tcg", 2.0), "9p", "/run/r", ["/srv/suite"], user=1,
                          root="/srv/root")
        settings = its.settings("/dev/null", "/run/r/1")
        self.assertEqual(settings["keep"].splitlines(), sorted({"/srv/suite", os.getcwd()}))
        self.assertIn("own_root", settings)
        self.assertEqual([share.tag for share in its.shares()], ["hostroot", "root"])
        native = replace(its, root="")
        self.assertNotIn("own_root", native.settings("/dev/null"))
        self.assertNotIn("/srv/suite", native.settings("/dev/null")["keep"])
        self.assertEqual([share.tag for share in native.shares()], ["hostroot"])


if __name__ == "__main__":
    support.main()
