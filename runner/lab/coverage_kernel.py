# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's kernel with gcov counters in the huge page code only."""
from __future__ import annotations

import os
import sys
from typing import Dict, List, Optional

from ..coverage import data, page
from ..coverage.inside import FOLDER
from ..errors import Refused
from ..output import say
from . import kernel, origin
from .arch import Arch
from .source import Source, packaged

# The source files that the suite tests. The rest of the kernel has no counters: they would make it
# slower, and their figures would mean nothing here.
FILES = (
    "fs/hugetlbfs/inode.c", "fs/userfaultfd.c", "mm/gup.c", "mm/huge_memory.c", "mm/hugetlb.c",
    "mm/hugetlb_cgroup.c", "mm/hugetlb_vmemmap.c", "mm/khugepaged.c", "mm/madvise.c",
    "mm/memory-failure.c", "mm/mempolicy.c", "mm/migrate.c", "mm/migrate_device.c",
    "mm/mprotect.c", "mm/mremap.c", "mm/rmap.c", "mm/shmem.c", "mm/userfaultfd.c")
# A function that is inlined before counters are inserted has none of its own. Counters are updated
# atomically, so that two processors that count at once lose nothing.
_FLAGS = "-fprofile-arcs -ftest-coverage -fno-tree-loop-im -fprofile-update=prefer-atomic " \
    "-fno-early-inlining"


def fragment_path() -> str:
    """scripts/coverage.config of this project."""
    return os.path.join(os.path.dirname(kernel.fragment_path()), "coverage.config")


def make_words() -> List[str]:
    """The variables on make's command line. Kbuild chooses the files to profile by the name of the
    object alone, and fs/ has several inode.c, so that the folder is compared as well."""
    folders: Dict[str, List[str]] = {}
    for path in FILES:
        folder, name = os.path.split(path)
        folders.setdefault(name[:-len(".c")], []).append(folder)
    return [f"GCOV_PROFILE_{name}.o=$(if $(filter {' '.join(where)},$(obj)),y,n)"
            for name, where in sorted(folders.items())] + [f"CFLAGS_GCOV={_FLAGS}"]


def tree(source: Source, arch: Arch, fragment: Optional[str] = None) -> kernel.Tree:
    """The build of that source with counters, which has an entry of its own in the cache."""
    return kernel.Tree(source, fragment or kernel.fragment_path(), arch, fragment_path(),
                       make_words())


def of_word(word: str, arch: Arch) -> kernel.Tree:
    """The existing build that --kernel names: coverage, or coverage:SOURCE."""
    _, colon, place = word.partition(":")
    found = origin.of_word(place) if colon else packaged(unpack=False)
    assert found is not None
    return tree(found, arch)


def gather(run: str, word: str, arch: Arch) -> bool:
    """Makes coverage.json and the pages from what the guests of a run counted with the kernel that
    --kernel names; when that fails, prints why and returns False. The run itself is valid in any
    case."""
    try:
        made = of_word(word, arch)
        coverage = data.finish(run, made.build, made.source.path, FILES)
        if coverage:
            print("coverage: " + page.write(coverage, os.path.join(run, FOLDER, "html")),
                  file=sys.stderr)
        return True
    except Refused as refused:
        say(f"no coverage: {refused}")
        return False
