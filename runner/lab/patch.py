# SPDX-License-Identifier: LGPL-2.1-or-later
"""Applies semantic patches (Coccinelle) and other changes to a copy-on-write copy of the lab's
kernel tree, and builds it."""
from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from typing import Dict, List, Union

from .. import invoked
from ..endings import run_tool
from ..errors import Refused, why
from ..text import clean
from . import cache, kernel, origin, overlay
from .arch import Arch
from .source import packaged

SPATCH_SECONDS = 300.0
_CHANGE = re.compile(r"([\w./-]+\.[ch]) (\d+)\Z")
_HEADER = re.compile(r"// Changes: (.*)$", re.MULTILINE)
_SOURCE = re.compile(r"// Source: (\S+)$", re.MULTILINE)


class Unfit(Exception):
    """The patch does not apply as its header says, or the result does not compile."""


@dataclass(frozen=True)
class Patch:
    """A semantic patch. `changes`: the number of places that it changes, by file."""

    path: str
    name: str
    changes: Dict[str, int]


@dataclass(frozen=True)
class Edit:
    """A change that replaces the text of a source file."""

    name: str
    file: str
    text: bytes


Change = Union[Patch, Edit]


def parse_changes(text: str) -> Dict[str, int]:
    """What follows `// Changes:` in a patch's header. Raises Refused."""
    changes: Dict[str, int] = {}
    for part in text.split(","):
        match = _CHANGE.match(part.strip())
        if not match or match.group(1) in changes or match.group(2) == "0":
            raise Refused("Changes is `FILE PLACES, FILE PLACES`, not "
                          f"{clean(part.strip()) or 'empty'}")
        changes[match.group(1)] = int(match.group(2))
    return changes


@dataclass
class Made:
    """A changed kernel, and the seconds that each step took. `same`: the compiler generates the
    same object as before."""

    image: str
    seconds: Dict[str, float] = field(default_factory=dict)
    same: bool = False


class Workshop:
    """Makes changed copies of the tree. Release with close(), which removes them unless `kept` is
    set."""

    def __init__(self, tree: kernel.Tree, jobs: int, kept: bool = False) -> None:
        self.tree, self.jobs, self.kept = tree, jobs, kept
        self.spatch = cache.need_tool("spatch")
        self.path = cache.folder("mutants", ("kept-" if kept else "") + str(os.getpid()))
        _sweep(os.path.dirname(self.path))
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(self.path)

    def make(self, patch: Change) -> Made:
        """Applies a change and builds the kernel. Raises Unfit."""
        place = os.path.join(self.path, patch.name)
        began = time.monotonic()
        try:
            self._change(patch, os.path.join(place, "source", "upper"))
        except Refused as refused:
            raise Unfit(str(refused)) from None
        patched = time.monotonic()
        self._build(place, self.tree.arch.target)
        built = os.path.join(place, "build", "upper", self.tree.arch.built)
        if not os.path.exists(built):
            raise Unfit("the kernel is built without the files it changes")
        image = os.path.join(place, self.tree.arch.image)
        os.rename(built, image)
        same = isinstance(patch, Edit) and same_code(
            os.path.join(place, "build", "upper", patch.file[:-2] + ".o"),
            os.path.join(self.tree.build, patch.file[:-2] + ".o"), place,
            self.tree.arch.cross + "objcopy")
        return Made(image, {"patch": round(patched - began, 1),
                            "build": round(time.monotonic() - patched, 1)}, same)

    def compile(self, patch: Patch) -> None:
        """Applies a patch and compiles the sources that it changes, but no kernel; headers are
        compiled as far as these include them. Raises Unfit, and Refused when spatch cannot be
        run."""
        objects = [name[:-2] + ".o" for name in patch.changes if name.endswith(".c")]
        for name in objects:
            if not os.path.exists(os.path.join(self.tree.build, name)):
                raise Unfit(f"the lab's kernel is built without {name[:-2]}.c")
        place = os.path.join(self.path, patch.name)
        self._change(patch, os.path.join(place, "source", "upper"))
        self._build(place, *objects)

    def _build(self, place: str, *targets: str) -> None:
        """Makes targets of the changed tree. Raises Unfit."""
        layers = [(self.tree.source.path, os.path.join(place, "source")),
                  (self.tree.build, os.path.join(place, "build"))]
        log = os.path.join(place, "build.log")
        argv = overlay.command(layers, kernel.make_command(
            self.tree.source.path, self.tree.build, max(1, kernel.jobs() // self.jobs),
            *self.tree.words, *targets))
        with open(log, "wb") as file:
            try:
                status = run_tool(argv, "make", kernel.BUILD_SECONDS, stdout=file,
                                  stderr=subprocess.STDOUT,
                                  env=dict(os.environ, LC_ALL="C")).returncode
            except Refused as refused:
                raise Unfit(f"does not compile: {refused}") from None
        if status:
            raise Unfit(f"does not compile: {kernel.failure(log)}")

    def _change(self, change: Change, upper: str) -> None:
        """Writes the changed files into the upper layer."""
        if isinstance(change, Patch):
            for name in change.changes:
                apply(self.spatch, change, name, self.tree.source.path, os.path.join(upper, name))
            return
        path = os.path.join(upper, change.file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(change.text)

    def discard(self, patch: Change) -> None:
        """Removes a change's copy, unless copies are kept."""
        if not self.kept:
            shutil.rmtree(os.path.join(self.path, patch.name), ignore_errors=True)

    def close(self) -> None:
        """Removes everything, unless copies are kept."""
        if not self.kept:
            shutil.rmtree(self.path, ignore_errors=True)


def apply(spatch: str, patch: Patch, name: str, source: str, into: str) -> None:
    """Writes to `into` the file `name` of a source tree as the patch changes it. Raises Unfit
    unless as many places changed as the patch says, and Refused when spatch cannot be run."""
    original = os.path.join(source, name)
    if not os.path.isfile(original):
        raise Unfit(f"this kernel has no {name}")
    os.makedirs(os.path.dirname(into), exist_ok=True)
    done = run_tool([spatch, "--very-quiet", "--no-includes", "--no-show-diff", "--sp-file",
                     patch.path, original, "-o", into], f"spatch on {name}", SPATCH_SECONDS,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = cache.last_line(done.stderr) or cache.last_line(done.stdout)
    if done.returncode and "no modified files" not in said:
        raise Unfit(f"spatch: {said}")
    changed = places(original, into) if os.path.exists(into) else 0
    if changed != patch.changes[name]:
        raise Unfit(f"changes {changed} places of {name}, its header says {patch.changes[name]}")


def same_code(one: str, other: str, scratch: str, objcopy: str = "objcopy") -> bool:
    """True when two objects are the same apart from debug information. Raises Unfit."""
    found: List[bytes] = []
    for number, path in enumerate((one, other)):
        bare = os.path.join(scratch, f"bare-{number}.o")
        try:
            cache.run_tool([cache.need_tool(objcopy), "--strip-debug", path, bare], "objcopy")
            with open(bare, "rb") as file:
                found.append(file.read())
        except (Refused, OSError) as error:
            raise Unfit(f"cannot compare objects: {clean(str(error))}") from None
    return found[0] == found[1]


def places(before: str, after: str) -> int:
    """The number of places in which two versions of a file differ."""
    return sum(line.startswith("@@") for line in difflib.unified_diff(
        _lines(before), _lines(after), n=0))


def _lines(path: str) -> List[str]:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().splitlines()


def _sweep(path: str) -> None:
    """Removes what was left by runners that were killed."""
    for name in os.listdir(path) if os.path.isdir(path) else []:
        if name.isdigit() and not os.path.exists(f"/proc/{name}"):
            shutil.rmtree(os.path.join(path, name), ignore_errors=True)


def patched(path: str, arch: Arch, make: bool) -> str:
    """The image of the lab's kernel, or of the source that the patch's header names, with a
    semantic patch applied: from the cache, or built if `make` is true. Raises Refused."""
    path = invoked.shipped(path)
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = why(error) if isinstance(error, OSError) else "not UTF-8"
        raise Refused(f"cannot read {clean(path)}: {reason}") from None
    header = _HEADER.search(text)
    if not header:
        raise Refused(f"{clean(path)}: its header has no line `// Changes: FILE PLACES`")
    try:
        changes = parse_changes(header.group(1))
    except Refused as refused:
        raise Refused(f"{clean(path)}: {refused}") from None
    other = _SOURCE.search(text)
    source = origin.of_word(other.group(1), make) if other else packaged(unpack=make)
    if source is None:
        return arch.target
    tree = kernel.Tree(source, kernel.fragment_path(), arch)
    image = os.path.join(tree.path, f"patched-{cache.key(text)}")
    if os.path.exists(image) or not make:
        return image
    tree.bring_up()
    workshop = Workshop(tree, 1)
    try:
        os.rename(workshop.make(Patch(path, "patched", changes)).image, image)
    except Unfit as unfit:
        raise Refused(f"{clean(path)}: {unfit}") from None
    finally:
        workshop.close()
    return image
