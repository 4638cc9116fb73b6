#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""debian/, the .spec and the Containerfile agree with what make install installs, with
scripts/setup and with one another. Builds nothing, and needs no network."""
from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
import tempfile
import unittest
from typing import Dict, List, Optional, Set

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402
import stage  # noqa: E402
from runner import __version__  # noqa: E402
from runner.commandline import COMMANDS, build  # noqa: E402

STAGE: Optional[stage.Stage] = None
Paragraph = Dict[str, str]
# Python modules by their names on PyPI, where Debian's packages are called otherwise.
_DEBIAN = {"tap.py": "python3-tap", "pyyaml": "python3-yaml"}
# Macros of .spec files, as distributions define them.
_MACROS = {"name": "hugeproof", "version": __version__, "_bindir": "/usr/bin",
           "_libexecdir": "/usr/libexec", "_datadir": "/usr/share", "_mandir": "/usr/share/man",
           "_docdir": "/usr/share/doc", "_sysconfdir": "/etc", "_var": "/var"}


def setUpModule() -> None:  # pylint: disable=invalid-name
    """Installs once for all tests."""
    global STAGE  # pylint: disable=global-statement
    STAGE = stage.Stage()
    unittest.addModuleCleanup(STAGE.remove)


def text(*parts: str) -> str:
    """A file of the source tree."""
    with open(os.path.join(stage.TOP, *parts), encoding="utf-8") as file:
        return file.read()


def paragraphs(said: str) -> List[Paragraph]:
    """The paragraphs of a control file."""
    found: List[Paragraph] = []
    for block in re.split(r"\n\s*\n", said.strip()):
        fields: Paragraph = {}
        for line in block.split("\n"):
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[list(fields)[-1]] += "\n" + line.strip()
            else:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        found.append(fields)
    return found


def names(field: str) -> Set[str]:
    """The packages in a field, without versions."""
    return {word.split()[0] for word in field.replace("\n", " ").split(",") if word.strip()}


def without_macros(said: str) -> str:
    """A line of the .spec as a path."""
    return re.sub(r"%\{(\w+)\}", lambda match: _MACROS[match.group(1)], said)


class Tree:
    """The parts of a .spec."""

    def __init__(self) -> None:
        self.said = text("packaging", "hugeproof.spec")

    def tags(self, name: str) -> Set[str]:
        """The values of a tag, without versions."""
        return {value.split()[0] for value in re.findall(rf"^{name}:\s+(.+)$", self.said,
                                                         re.MULTILINE)}

    def modules(self, name: str) -> Set[str]:
        """The Python modules in a tag."""
        return {value[len("python3dist("):-1] for value in self.tags(name)
                if value.startswith("python3dist(")}

    def files(self) -> List[str]:
        """The patterns of all %files, without folders of their own and licences."""
        found = []
        for part in re.findall(r"^%files.*\n((?:.+\n)*)", self.said, re.MULTILINE):
            for line in part.splitlines():
                if not line.startswith(("%dir", "%license")):
                    found.append(without_macros(line.replace("%doc ", "").strip()))
        return found


def covers(pattern: str, path: str) -> bool:
    """True where a pattern names the path, or a folder above it."""
    while path != "/":
        if fnmatch.fnmatchcase(path, pattern):
            return True
        path = os.path.dirname(path)
    return False


class Packages(unittest.TestCase):
    """Structure."""

    maxDiff = None

    def setUp(self) -> None:
        assert STAGE
        self.files = STAGE.files()
        self.control = paragraphs(text("debian", "control"))
        self.spec = Tree()

    def test_one_version(self) -> None:
        said = re.search(r"^AC_INIT\(\[hugeproof\], \[(.*?)\]", text("configure.ac"), re.MULTILINE)
        entry = re.match(r"hugeproof \((.*)-1\) ", text("debian", "changelog"))
        change = re.search(r"^\* .* - (\S+)-1$", self.spec.said, re.MULTILINE)
        self.assertEqual([found and found.group(1) for found in (said, entry, change)],
                         [__version__] * 3)
        self.assertEqual(self.spec.tags("Version"), {__version__})

    def test_each_file_is_in_one_package(self) -> None:
        """Of make install; pages that need tools may be missing here, but not from the lists."""
        lists = {package: [f"/{line}" for line in text("debian", f"{package}.install").split()]
                 for package in ("hugeproof", "hugeproof-doc")}
        # Where Debian looks for completions of zsh.
        for patterns, what in ((lists, "debian/*.install"),
                               ({"all": self.spec.files()}, "%files")):
            for path in self.files:
                found = [pattern for some in patterns.values() for pattern in some
                         if covers(pattern, path)]
                self.assertEqual(len(found), 1, f"{what}: {path}: {found}")
        made = ("man5", "zsh", "bash-completion", "man3")
        for pattern in [*sum(lists.values(), []), *self.spec.files()]:
            if not any(word in pattern for word in made):
                self.assertTrue(any(covers(pattern, path) for path in self.files), pattern)

    def test_what_everybody_needs_is_the_same(self) -> None:
        """Python modules: of both packages, and of scripts/setup for each package manager."""
        def debian(modules: Set[str]) -> Set[str]:
            return {_DEBIAN.get(name, f"python3-{name}") for name in modules}

        package = next(one for one in self.control if one.get("Package") == "hugeproof")
        needed = self.spec.modules("Requires")
        self.assertEqual(needed, {"tap.py", "pyyaml", "more-itertools"})
        self.assertEqual(debian(needed), {name for name in names(package["Depends"])
                                          if name.startswith("python3-")})
        useful = self.spec.modules("Recommends")
        self.assertEqual(debian(useful), names(package["Recommends"]))
        self.assertLessEqual(needed, self.spec.modules("BuildRequires"))
        setup = text("scripts", "setup")
        lists = re.findall(r'\t(?:run|report)_packages="([^"]*)"', setup)
        self.assertEqual(len(lists), 10)
        apt = set(" ".join(lists[:2]).split())
        self.assertEqual(apt - {"python3"}, debian(needed | useful))
        for at in (2, 4):
            rpm = set(re.findall(r"python3(?:dist\(|-)([\w.-]+)", " ".join(lists[at:at + 2])))
            self.assertEqual(rpm, needed | useful)

    def test_what_building_needs_is_the_same(self) -> None:
        source = names(self.control[0]["Build-Depends"])
        setup = text("scripts", "setup")
        apt = set(" ".join(re.findall(r'\t(?:doc_|run_)?packages="([^"]*)"', setup)[:3]).split())
        # What each Debian build has, and what only the selftests need.
        self.assertLessEqual(source - {"debhelper-compat", "dh-sequence-python3", "python3"}, apt)
        for word in ("libhugetlbfs", "numa", "liburing"):
            self.assertTrue(any(word in name for name in source), word)
            self.assertTrue(any(word in name for name in self.spec.tags("BuildRequires")), word)

    def test_control(self) -> None:
        source, *binary = self.control
        self.assertEqual(source["Source"], "hugeproof")
        self.assertIn("debhelper-compat (= 13)", source["Build-Depends"])
        self.assertEqual([one["Package"] for one in binary], ["hugeproof", "hugeproof-doc"])
        for one in binary:
            self.assertIn("${misc:Depends}", one["Depends"])
            short, _, rest = one["Description"].partition("\n")
            self.assertTrue(0 < len(short) <= 80 and rest, one["Package"])
        self.assertIn("${shlibs:Depends}", binary[0]["Depends"])
        self.assertEqual(text("debian", "source", "format"), "3.0 (quilt)\n")

    def test_autopkgtest(self) -> None:
        found = {one["Tests"]: one for one in paragraphs(text("debian", "tests", "control"))}
        self.assertEqual(set(found), {"smoke", "func"})
        restrictions = names(found["func"]["Restrictions"])
        self.assertLessEqual({"needs-root", "isolation-machine", "skippable"}, restrictions)
        for name in found:
            path = os.path.join(stage.TOP, "debian", "tests", name)
            self.assertTrue(os.access(path, os.X_OK), path)
            self.assertEqual(stage.run(["sh", "-n", path], "/").returncode, 0)
        # The commands that smoke calls are read from the help.
        script = re.search(r"--help \| (sed .*)\)$", text("debian", "tests", "smoke"), re.MULTILINE)
        assert script
        done = subprocess.run(["sh", "-c", script.group(1)], input=build()[0].format_help(),
                              stdout=subprocess.PIPE, encoding="utf-8", check=True)
        self.assertEqual(sorted(done.stdout.split()), sorted(COMMANDS))

    def test_func_is_skipped_only_where_nothing_ran(self) -> None:
        """debian/tests/func: 77 if all was skipped, the run's status otherwise."""
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-") as folder:
            counts = dict.fromkeys(("passed", "failed", "skipped", "known", "missing", "broken",
                                    "disturbed", "unknown", "damaged"), 0)
            for status, some, expected in ((0, {"passed": 1}, 0), (1, {"failed": 1}, 1),
                                           (3, {"broken": 1}, 3), (2, {"skipped": 9}, 77),
                                           (2, {"skipped": 9, "passed": 1, "missing": 1}, 2),
                                           (2, {"skipped": 9, "missing": 1}, 2), (2, {}, 2)):
                with self.subTest(status=status, some=some):
                    path = os.path.join(folder, "hugeproof")
                    said = str({"counts": {**counts, **some}}).replace("'", '"')
                    with open(path, "w", encoding="ascii") as file:
                        file.write("#!/bin/sh\ncase $1 in\n"
                                   f"func) exit {status} ;;\n"
                                   f"report) echo '{said}'; exit {status} ;;\nesac\n")
                    os.chmod(path, 0o755)
                    done = stage.run([os.path.join(stage.TOP, "debian", "tests", "func")], folder,
                                     PATH=f"{folder}:/usr/bin:/bin", AUTOPKGTEST_TMP=folder)
                    self.assertEqual(done.returncode, expected, done.stderr)

    def test_containerfile(self) -> None:
        said = text("packaging", "Containerfile").replace("\\\n", "")
        self.assertEqual(len(re.findall(r"^FROM \$\{BASE\}", said, re.MULTILINE)), 2)
        makefile = text("Makefile.am")
        for name in re.findall(r"\b(PACKAGE\w*)=", said):
            self.assertRegex(makefile, rf"(?m)^{name} = ")
        for script in re.findall(r"\bscripts/\w+|\./bootstrap", said):
            self.assertTrue(os.access(os.path.join(stage.TOP, script), os.X_OK), script)
        setup = text("scripts", "setup")
        for option in re.findall(r"setup (--\w+)", said):
            self.assertIn(f"\t{option}) ", setup)

    def test_scripts_packages_refuses(self) -> None:
        """In one line, before anything is made."""
        script = os.path.join(stage.TOP, "scripts", "packages")
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-") as folder:
            os.mkdir(os.path.join(folder, "bin"))
            for tool in ("dpkg-buildpackage", "dh", "rpmbuild"):
                os.symlink("/bin/false", os.path.join(folder, "bin", tool))
            release = os.path.join(folder, "hugeproof-9.tar.xz")
            for words, said in (
                    ([release, "out"], f"packages: no file {release}\n"),
                    (["x.tar.xz", "out"], "packages: x.tar.xz is not called "
                                          "hugeproof-VERSION.tar.xz\n"),
                    ([release, "out", "snap"], "packages: builds deb and rpm, not snap\n")):
                with self.subTest(words=words):
                    done = stage.run([script, *words], folder,
                                     PATH=f"{folder}/bin:/usr/bin:/bin")
                    self.assertEqual((done.returncode, done.stderr), (2, said))
            self.assertEqual(os.listdir(folder), ["bin"])


if __name__ == "__main__":
    support.main()
