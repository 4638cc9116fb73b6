# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel that --kernel and --modules name."""
from __future__ import annotations

from typing import Optional

from ..errors import Refused
from ..text import clean
from . import coverage_kernel, deb, image, kernel, origin, patch, source
from .arch import Arch

# The kernels that the lab builds.
BUILT = ("build", "coverage", "patched")


def choose(word: str, modules: Optional[str], arch: Arch, make: bool = True) -> image.Kernel:
    """The kernel of that architecture that --kernel and --modules name, built or fetched if
    necessary. With `make` false it is not, and the image may be missing. Raises Refused."""
    name, colon, place = word.partition(":")
    if arch.page and name not in BUILT:
        raise Refused(f"--base-page is for kernels that the lab builds, and {clean(word)} has its "
                      "own: leave it out")
    if word == "running":
        if not arch.native:
            raise Refused(f"the running kernel is none of {arch.name}")
        return image.of_running(modules)
    if word.startswith("deb:"):
        if modules:
            raise Refused("--modules does not go with deb:, whose package has its own modules")
        return deb.fetch(word[len("deb:"):], arch, make)
    if word.startswith("rpm:"):
        if modules:
            raise Refused("--modules does not go with rpm:, whose package has its own modules")
        return deb.of_files(word[len("rpm:"):], "rpm", arch, make)
    if word.startswith("patched:"):
        path = patch.patched(word[len("patched:"):], arch, make)
        return image.Kernel(path, image.release_of(path, arch) if make else "unknown", None, arch)
    if name in ("build", "coverage"):
        found = origin.of_word(place, make) if colon else source.packaged(unpack=make)
        if found is None:
            return image.Kernel(arch.target, "unknown", None, arch)
        tree = kernel.Tree(found, kernel.fragment_path(), arch) if name == "build" else \
            coverage_kernel.tree(found, arch)
        if not make:
            return image.Kernel(tree.image, "unknown", None, arch)
        path = tree.bring_up()[0]
        return image.Kernel(path, image.release_of(path, arch), None, arch)
    return image.of_path(word, modules, arch)
