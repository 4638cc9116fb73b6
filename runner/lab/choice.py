# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which kernel a guest boots, by the words of --kernel."""
from __future__ import annotations

from typing import Optional

from ..errors import Refused
from . import coverage_kernel, deb, image, kernel, origin, patch, source


def choose(word: str, modules: Optional[str], make: bool = True) -> image.Kernel:
    """What --kernel and --modules name; built or fetched when need be, unless `make`
    is false: then the image may not be there yet. Raises Refused."""
    if word == "running":
        return image.of_running(modules)
    if word.startswith("deb:"):
        if modules:
            raise Refused("--modules does not go with deb:, which brings its own")
        return deb.fetch(word[len("deb:"):], make)
    if word.startswith("rpm:"):
        if modules:
            raise Refused("--modules does not go with rpm:, which brings its own")
        return deb.of_files(word[len("rpm:"):], "rpm", make)
    if word.startswith("patched:"):
        path = patch.patched(word[len("patched:"):], make)
        return image.Kernel(path, image.release_of(path) if make else "unknown")
    name, colon, place = word.partition(":")
    if name in ("build", "coverage"):
        found = origin.of_word(place, make) if colon else source.packaged(unpack=make)
        if found is None:
            return image.Kernel("bzImage", "unknown")
        tree = kernel.Tree(found, kernel.fragment_path()) if name == "build" else \
            coverage_kernel.tree(found)
        if not make:
            return image.Kernel(tree.image, "unknown")
        path = tree.bring_up()[0]
        return image.Kernel(path, image.release_of(path))
    return image.of_path(word, modules)
