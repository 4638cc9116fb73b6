# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which kernel a guest boots, by the words of --kernel."""
from __future__ import annotations

from typing import Optional

from ..errors import Refused
from . import coverage_kernel, deb, image, kernel, patch, source


def choose(word: str, modules: Optional[str], make: bool = True) -> image.Kernel:
    """What --kernel and --modules name; built or fetched when need be, unless `make`
    is false: then the image may not be there yet. Raises Refused."""
    if word == "running":
        return image.of_running(modules)
    if word.startswith("deb:"):
        if modules:
            raise Refused("--modules does not go with deb:, which brings its own")
        return deb.fetch(word[len("deb:"):], make)
    if word.startswith("patched:"):
        path = patch.patched(word[len("patched:"):], make)
        return image.Kernel(path, image.release_of(path) if make else "unknown")
    if word == "build" or word.startswith("build:"):
        origin = source.of_folder(word[len("build:"):]) if word != "build" else \
            source.packaged(unpack=make)
        tree = kernel.Tree(origin, kernel.fragment_path())
        if not make:
            return image.Kernel(tree.image, "unknown")
        path = tree.bring_up()[0]
        return image.Kernel(path, image.release_of(path))
    if word == "coverage" or word.startswith("coverage:"):
        tree = coverage_kernel.of_word(word, unpack=make)
        if not make:
            return image.Kernel(tree.image, "unknown")
        path = tree.bring_up()[0]
        return image.Kernel(path, image.release_of(path))
    return image.of_path(word, modules)
