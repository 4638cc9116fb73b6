#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels and sources from packages and files, with an apt that fetches from a folder."""
from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Any, Dict, List, Optional
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.errors import Refused  # noqa: E402
from runner.lab import arch, archive, choice, image, offered, origin  # noqa: E402

# apt-get and apt-cache: $FAKE/calls has their calls, $FAKE/SUITE.json the packages of a release,
# $FAKE/pool the files. The machine's own release is called `own`.
APT = """\
import json, os, re, shutil, sys
fake, words = os.environ["FAKE"], sys.argv[1:]
with open(fake + "/calls", "a") as file:
    print(os.path.basename(sys.argv[0]), *words, file=file)
suite, where = "own", ""
if words[0] == "-c":
    conf = open(words[1]).read()
    where = re.search('sourcelist "(.*)"', conf).group(1)
    suite = open(where).read().split("] ")[-1].split()[1]
    words = words[2:]
words = [w for n, w in enumerate(words) if w not in ("-q", "-o", "--no-all-versions")
         and words[n - 1:n] != ["-o"]]
if words[0] == "update" and os.path.exists(f"{fake}/{suite}.InRelease"):
    shutil.copy(f"{fake}/{suite}.InRelease", os.path.dirname(where) + "/lists/x_InRelease")
    sys.exit(0)
if words[0] == "indextargets":
    print("http://other.example/x/|nodistro|nodistro|main|Other")
    print("http://mirror.example/d/|codename|codename|main|Debian")
    print("http://mirror.example/s/|codename-security|codename-security|main|Debian")
    sys.exit(0)
path = f"{fake}/{suite}.json"
if not os.path.exists(path):
    print("W: a warning", file=sys.stderr)
    print(f"E: The repository '{suite}' does not have a Release file.", file=sys.stderr)
    print("N: See a manual page", file=sys.stderr)
    sys.exit(100)
has = json.load(open(path))
if words[0] == "pkgnames":
    print(*sorted({n.partition("=")[0] for n in has if n.startswith(words[1])}), sep="\\n")
for name in words[1:] if words[0] in ("show", "download") else []:
    found = [n for n in has if n == name or n.partition("=")[0] == name]
    if not found:
        print(f"E: Unable to locate package {name}", file=sys.stderr)
        sys.exit(100)
    for each in found:
        if words[0] == "show":
            package, version = each.split("=")
            print(f"Package: {package}\\nVersion: {version}\\nSHA256: {has[each][1]}\\n"
                  f"Depends: {has[each][0]}\\nDescription: x\\n more\\n")
        else:
            shutil.copy(f"{fake}/pool/{has[each][1]}.deb", ".")
"""


class Fake(unittest.TestCase):
    """A mirror in a folder, and an empty cache."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run")
        self.addCleanup(scratch.cleanup)
        self.path = scratch.name
        for name in ("apt-get", "apt-cache"):
            self.put(f"bin/{name}", f"#!{sys.executable}\n{APT}".encode(), 0o755)
        os.mkdir(os.path.join(self.path, "pool"))
        patches: List[Any] = [
            mock.patch.dict(os.environ, FAKE=self.path,
                            XDG_CACHE_HOME=os.path.join(self.path, "cache"),
                            PATH=f"{self.path}/bin:{os.environ['PATH']}"),
            mock.patch.object(archive, "_os_release", lambda: {
                "ID": "debian", "VERSION_CODENAME": "codename"})]
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)

    def put(self, name: str, data: bytes, mode: int = 0o644) -> str:
        """A file in the folder."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, mode)
        return path

    def has(self, suite: str, packages: Dict[str, List[str]]) -> None:
        """Defines a release: NAME=VERSION -> its dependencies, its file in the pool."""
        self.put(f"{suite}.json", json.dumps(packages).encode())

    def package(self, name: str, files: Dict[str, bytes], depends: str = "",
                path: Optional[str] = None) -> str:
        """Builds a package of these files, in the pool or elsewhere."""
        top = os.path.join(self.path, "made")
        shutil.rmtree(top, ignore_errors=True)
        self.put("made/DEBIAN/control", (
            f"Package: {name}\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@example>\n"
            f"Description: x\n" + (f"Depends: {depends}\n" if depends else "")).encode())
        for inside, data in files.items():
            self.put("made/" + inside, data)
        path = path or os.path.join(self.path, "pool", name + ".deb")
        subprocess.run(["dpkg-deb", "-b", top, path], check=True, stdout=subprocess.DEVNULL)
        return path

    def calls(self, what: str) -> List[str]:
        """The calls of apt that contain that word."""
        try:
            with open(os.path.join(self.path, "calls"), encoding="utf-8") as file:
                return [line for line in file if what in line]
        except OSError:
            return []


def bz_image(release: str) -> bytes:
    """A file that looks like a kernel of that release."""
    head = bytearray(0x400)
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x20E, 0x100)
    head[0x300:0x300 + len(release)] = release.encode()
    return bytes(head)


def chosen(word: str, make: bool = True) -> image.Kernel:
    """The kernel that an argument of --kernel selects."""
    return choice.choose(word, None, arch.X86_64, make)


def parted(fake: Fake) -> None:
    """A release whose kernel is in several packages, behind a meta-package."""
    lib = "usr/lib/modules/7.9-cloud/"
    fake.package("binary", {lib + "vmlinuz": bz_image("7.9-cloud")})
    fake.package("modules", {lib + "kernel/x.ko": b"x"})
    fake.package("base", {lib + "modules.builtin": b"kernel/fs/fuse/virtiofs.ko\n",
                          lib + "modules.order": b"kernel/x.ko\n"})
    fake.package("empty", {})
    fake.has("later", {
        "linux-image-cloud=1": ["linux-image-7.9-cloud (= 1), linux-modules-none", "empty"],
        "linux-modules-none=1": ["", "empty"],
        "linux-image-7.9-cloud=1": [
            "initrd-a | initrd-b (>= 1), linux-base (>= 2), linux-binary-7.9-cloud (= 1), "
            "linux-modules-7.9-cloud (= 1), linux-base-7.9-cloud (= 1)", "empty"],
        "linux-binary-7.9-cloud=1": ["", "binary"], "linux-base-7.9-cloud=1": ["", "base"],
        "linux-modules-7.9-cloud=1": ["linux-base-7.9-cloud (= 1)", "modules"]})


class Kernels(Fake):
    """--kernel deb:"""

    def test_a_release_that_the_machine_does_not_have(self) -> None:
        parted(self)
        self.assertEqual(chosen("deb:later/linux-image-cloud", make=False).release, "unknown")
        self.assertEqual(self.calls("update"), [])
        kernel = chosen("deb:later/linux-image-cloud")
        self.assertEqual(kernel.release, "7.9-cloud")
        assert kernel.modules is not None
        self.assertTrue(os.path.exists(os.path.join(kernel.modules, "modules.dep")))
        self.assertTrue(os.path.exists(os.path.join(kernel.modules, "modules.builtin")))
        self.assertIn("linux-image-7.9-cloud_1_", kernel.image)
        # Everything is in the cache, from the machine's mirror.
        lists = os.path.join(self.path, "cache", "hugeproof", "lab", "apt", "later")
        with open(os.path.join(lists, "sources.list"), encoding="utf-8") as file:
            self.assertIn("] http://mirror.example/d/ later main", file.read())
        with open(os.path.join(lists, "apt.conf"), encoding="utf-8") as file:
            text = file.read()
        for word in ("lists", "cache"):
            self.assertIn(f'"{lists}/{word}"', text)
        self.assertIn("#clear APT::Update::Post-Invoke;", text)
        self.assertTrue(all("-c " + lists in call or "indextargets" in call
                            for call in self.calls("")))
        # The second time nothing is fetched.
        before = len(self.calls("update") + self.calls("download"))
        self.assertEqual(chosen("deb:later/linux-image-cloud"), kernel)
        self.assertEqual(len(self.calls("update") + self.calls("download")), before)

    def test_old_lists_do_where_the_mirror_is_silent(self) -> None:
        parted(self)
        kernel = chosen("deb:later/linux-image-cloud")
        stamp = os.path.join(self.path, "cache", "hugeproof", "lab", "apt", "later", "fetched")
        os.utime(stamp, (time.time() - 2 * 86400,) * 2)
        os.rename(os.path.join(self.path, "later.json"), os.path.join(self.path, "gone.json"))
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaisesRegex(Refused, "Release file"):
            chosen("deb:later/linux-image-cloud")
        self.assertIn("using the lists fetched earlier", said.getvalue())
        self.assertTrue(os.path.exists(kernel.image))

    def test_a_version_is_taken_when_it_is_named(self) -> None:
        for number in ("1", "2"):
            self.package("k" + number, {f"boot/vmlinuz-{number}": bz_image(number)})
        self.has("own", {"linux-image-x=2": ["", "k2"], "linux-image-x=1": ["", "k1"]})
        self.assertEqual(chosen("deb:linux-image-x=1").release, "1")
        self.assertEqual(self.calls("update"), [])
        with self.assertRaisesRegex(Refused, r"no package linux-image-x=3 .*Unable to locate"):
            chosen("deb:linux-image-x=3")

    def test_security_is_another_mirror(self) -> None:
        self.has("later-security", {})
        archive.Packages("later-security").update(self.fail)
        with open(os.path.join(self.path, "cache/hugeproof/lab/apt/later-security/sources.list"),
                  encoding="utf-8") as file:
            self.assertIn("http://mirror.example/s/ later-security", file.read())

    def test_what_cannot_be_is_refused_in_a_line(self) -> None:
        self.has("own", {"linux-image-x=1": ["", "empty"]})
        self.package("empty", {})
        for word, says in (("deb:later/linux-image-x", "Release file"),
                           ("deb:linux-image-x", "no kernel in the package"),
                           ("deb:", "not the name of a package"),
                           ("deb:-o/linux-image-x", "not the name of a release"),
                           ("deb:../linux-image-x", "not the name of a release"),
                           ("deb:linux-image-x=-o", "version"),
                           ("deb:/none/x.deb", "cannot read /none/x.deb"),
                           ("rpm:/none/x.rpm", "cannot read /none/x.rpm"),
                           ("rpm:/none/x", "is no .rpm")):
            with self.assertRaisesRegex(Refused, says, msg=word) as caught:
                chosen(word)
            self.assertNotIn("\n", str(caught.exception))


class Files(Fake):
    """Packages that are files."""

    def test_what_a_file_needs_is_found_beside_it(self) -> None:
        path = os.path.join(self.path, "linux-image-5_1_amd64.deb")
        other = os.path.join(self.path, "linux-modules-5_1_amd64.deb")
        self.package("linux-image-5", {"boot/vmlinuz-5.1": bz_image("5.1")},
                     "linux-modules-5 (= 1)", path)
        with self.assertRaisesRegex(Refused, "needs linux-modules-5, and there is no "):
            chosen(f"deb:{path}")
        self.package("linux-modules-5", {"lib/modules/5.1/kernel/x.ko": b"x",
                                         "lib/modules/5.1/modules.builtin": b"",
                                         "lib/modules/5.1/modules.order": b""}, "", other)
        kernel = chosen(f"deb:{path}")
        self.assertEqual((kernel.release, kernel), ("5.1", chosen(f"deb:{path},{other}")))
        self.assertIsNotNone(kernel.modules)
        self.assertTrue(os.path.exists(path) and os.path.exists(other))
        # Another content is another kernel, whatever the name of the file.
        self.package("linux-image-5", {"boot/vmlinuz-5.1": bz_image("6.1")}, "", path)
        self.assertEqual(chosen(f"deb:{path}").release, "6.1")

    def test_an_rpm(self) -> None:
        top = os.path.join(self.path, "tree")
        self.put("tree/lib/modules/5.14-el/vmlinuz", bz_image("5.14-el"))
        self.put("tree/lib/modules/5.14-el/modules.builtin", b"")
        self.put("tree/lib/modules/5.14-el/modules.order", b"")
        names = "\n".join(("lib/modules/5.14-el/" + name) for name in
                          ("vmlinuz", "modules.builtin", "modules.order"))
        with open(os.path.join(self.path, "k.rpm"), "wb") as file:
            subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], input=names.encode(),
                           stdout=file, cwd=top, check=True)
        self.put("bin/rpm2cpio", b"#!/bin/sh\nexec cat \"$1\"\n", 0o755)
        kernel = chosen(f"rpm:{self.path}/k.rpm")
        self.assertEqual(kernel.release, "5.14-el")
        self.assertIsNotNone(kernel.modules)
        self.put("bad.rpm", b"no archive")
        with self.assertRaisesRegex(Refused, "cannot unpack bad.rpm|no kernel in"):
            chosen(f"rpm:{self.path}/bad.rpm")


class Listed(Fake):
    """lab kernels."""

    def shown(self, *suites: str) -> List[str]:
        """The output; what it is as JSON is the same."""
        said, whole = io.StringIO(), io.StringIO()
        with contextlib.redirect_stderr(io.StringIO()):
            with contextlib.redirect_stdout(said):
                offered.show(suites)
            with contextlib.redirect_stdout(whole):
                offered.show(suites, as_json=True)
        found = json.loads(whole.getvalue())
        self.assertEqual([*support.valid.wrong("lab-kernels", found)], [])
        self.assertEqual([f"{one['version']:24} {one['kernel']}" + (
            f"  ({', '.join(one['metas'])})" if one["metas"] else "")
            for one in found["kernels"]], said.getvalue().splitlines())
        for one in found["kernels"]:
            self.assertEqual(one["kernel"],
                             f"deb:{one['suite']}/{one['package']}={one['version']}")
        return said.getvalue().splitlines()

    def test_newest_first_without_what_is_no_kernel(self) -> None:
        self.has("a", {"linux-image-6.9=6.9.2-1": ["", "x"],
                       "linux-image-6.10=6.10.1-1": ["", "x"],
                       "linux-image-6.10-dbg=6.10.1-1": ["", "x"],
                       "linux-image-cloud=6.10.1-1": ["linux-image-6.10 (= 6.10.1-1)", "x"]})
        self.has("b", {"linux-image-6.10r=6.10~rc3-1": ["", "x"]})
        lines = self.shown("a", "b", "none")
        self.assertEqual([line.split()[1] for line in lines], [
            "deb:a/linux-image-6.10=6.10.1-1", "deb:b/linux-image-6.10r=6.10~rc3-1",
            "deb:a/linux-image-6.9=6.9.2-1"])
        self.assertIn("(linux-image-cloud)", lines[0])
        with self.assertRaisesRegex(Refused, "Release file"):
            self.shown("none")

    def test_without_a_release_named_those_behind_the_aliases_are_listed(self) -> None:
        """A mirror may be out of date for one of a release's two names."""
        self.put("stable.InRelease", b"Origin: Debian\nCodename: later\n")
        self.has("later", {"linux-image-2=2-1": ["", "x"]})
        self.has("later-backports", {"linux-image-3=3-1": ["", "x"]})
        self.assertEqual([line.split()[1] for line in self.shown()],
                         ["deb:later-backports/linux-image-3=3-1", "deb:later/linux-image-2=2-1"])

    def test_versions_sort_as_debians_do(self) -> None:
        versions = ["1.0~rc1-1", "1.0-1~bpo12+1", "1.0-1", "1.0-1+deb12u1", "1.0-10", "1.0a-1",
                    "1.0+x-1", "1.2-1", "1.10-1", "1:0.1-1"]
        self.assertEqual(sorted(reversed(versions), key=offered.order), versions)
        for before, after in zip(versions, versions[1:]):
            subprocess.run(["dpkg", "--compare-versions", before, "lt", after], check=True)


class Origins(Fake):
    """--source"""

    MAKEFILE = b"VERSION = 7\nPATCHLEVEL = 9\n"

    def source(self, word: str, unpack: bool = True) -> Any:
        """The source that an argument of --source selects."""
        return origin.of_word(word, unpack)

    def test_a_tarball_is_known_by_its_content(self) -> None:
        self.put("t/linux-7.9/Makefile", self.MAKEFILE)
        path = os.path.join(self.path, "linux-7.9.tar.gz")
        subprocess.run(["tar", "-czf", path, "-C", f"{self.path}/t", "linux-7.9"], check=True)
        self.assertIsNone(self.source(path, unpack=False))
        found = self.source(path)
        self.assertEqual(found.version, (7, 9))
        self.assertEqual(self.source(path, unpack=False), found)
        with self.assertRaisesRegex(Refused, "cannot unpack"):
            self.source(self.put("x.tar", b"no tarball"))
        self.put("t/linux-7.9/Makefile", b"all:\n")
        subprocess.run(["tar", "-czf", path, "-C", f"{self.path}/t", "linux-7.9"], check=True)
        with self.assertRaisesRegex(Refused, "PATCHLEVEL"):
            self.source(path)

    def test_a_revision_of_a_git_tree(self) -> None:
        tree = os.path.join(self.path, "git@home")
        os.mkdir(tree)
        git = ["git", "-C", tree, "-c", "user.name=x", "-c", "user.email=x@example"]
        subprocess.run([*git, "init", "-q"], check=True)
        for number in ("1", "2"):
            self.put("git@home/Makefile", b"VERSION = 7\nPATCHLEVEL = " + number.encode() + b"\n")
            subprocess.run([*git, "add", "."], check=True)
            subprocess.run([*git, "commit", "-q", "-m", number], check=True)
        self.assertEqual(self.source(tree).path, tree)
        os.rename(tree, os.path.join(self.path, "git"))
        tree = os.path.join(self.path, "git")
        self.assertEqual(self.source(f"{tree}@HEAD^").version, (7, 1))
        self.assertEqual(self.source(f"{tree}@HEAD").version, (7, 2))
        self.assertEqual(self.source(f"{tree}@HEAD@{{0}}"), self.source(f"{tree}@HEAD"))
        self.assertEqual(sorted(os.listdir(tree)), [".git", "Makefile"])
        self.assertFalse(os.path.exists(os.path.join(tree, ".git", "worktrees")))
        for wrong in ("none", "", "--help"):
            with self.assertRaisesRegex(Refused, "no revision"):
                self.source(f"{tree}@{wrong}")

    def test_a_package_by_release(self) -> None:
        self.put("t/linux-source-7.9/Makefile", self.MAKEFILE)
        path = os.path.join(self.path, "s.tar.xz")
        subprocess.run(["tar", "-cJf", path, "-C", f"{self.path}/t", "linux-source-7.9"],
                       check=True)
        with open(path, "rb") as file:
            self.package("source", {"usr/src/linux-source-7.9.tar.xz": file.read()})
        self.has("later", {"linux-source=1": ["linux-source-7.9 (= 1)", "x"],
                           "linux-source-7.9=1": ["", "source"]})
        self.assertIsNone(self.source("deb:later/linux", unpack=False))
        found = self.source("deb:later/linux")
        self.assertEqual(found.version, (7, 9))
        self.assertEqual(os.listdir(found.path), ["Makefile"])
        self.assertEqual(self.source("deb:later/linux-source-7.9=1"), found)


if __name__ == "__main__":
    support.main()
