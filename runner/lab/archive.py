# SPDX-License-Identifier: LGPL-2.1-or-later
"""Packages of any release of this distribution, fetched by apt with a configuration of its own:
lists and packages are kept in the cache, and the machine's own apt state is not changed."""
from __future__ import annotations

import glob
import hashlib
import os
import re
import time
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, List, Optional

from ..endings import run_tool
from ..errors import Refused
from ..record import write_whole
from ..text import clean, decode
from . import cache
from .arch import Arch, of_this_machine

Stanza = Dict[str, str]
_SUITE = re.compile(r"[a-z0-9][a-z0-9+.-]*\Z")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.~-]+\Z")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+:~-]*\Z")
# Package lists are fetched again after a day.
FRESH_SECONDS = 86400.0
# The hooks that the machine's configuration has for apt-get update are for its own lists.
_CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
#clear DPkg::Post-Invoke;
APT::Architecture "{arch}";
APT::Architectures {{ "{arch}"; }};
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "60";
Acquire::https::Timeout "60";
Dir::Etc::sourcelist "{path}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "{path}/lists";
Dir::State::status "/dev/null";
Dir::Cache "{path}/cache";
"""
_NO_LISTS = 'Acquire::IndexTargets::deb::Packages::DefaultEnabled "false";\n'


@dataclass(frozen=True)
class Named:
    """A package name as the user writes it: [SUITE/]PACKAGE[=VERSION]."""

    suite: Optional[str]
    package: str
    version: Optional[str]

    @staticmethod
    def of(word: str) -> "Named":
        """Parses a name. Raises Refused for a text that is none."""
        suite, slash, rest = word.rpartition("/")
        package, equals, version = rest.partition("=")
        if not _PACKAGE.match(package):
            raise Refused(f"not the name of a package: {clean(word) or 'nothing'}")
        if slash and not _SUITE.match(suite):
            raise Refused(f"not the name of a release: {clean(suite) or 'nothing'} (such as "
                          "stable-backports)")
        if equals and not _VERSION.match(version):
            raise Refused(f"not a package's version: {clean(version) or 'nothing'}")
        return Named(suite if slash else None, package, version if equals else None)


def _tool(name: str) -> str:
    return cache.need_tool(name, "deb: packages are fetched by Debian's apt")


def _apt(what: str, *words: str, cwd: Optional[str] = None) -> str:
    """The output of a command of apt. Raises Refused with its first error."""
    done = run_tool([_tool(words[0]), *words[1:]], what, cache.LONG_SECONDS, stdout=-1, stderr=-1,
                    cwd=cwd, env=dict(os.environ, LC_ALL="C"))
    if done.returncode:
        errors = [line[2:].strip() for line in decode(done.stderr).splitlines()
                  if line.startswith("E:")]
        raise Refused(f"{what}: " + (clean(errors[0], 300) if errors else
                                     cache.last_line(done.stderr)
                                     or f"exit status {done.returncode}"))
    return decode(done.stdout)


def _os_release() -> Dict[str, str]:
    found: Dict[str, str] = {}
    try:
        with open("/etc/os-release", encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.strip().partition("=")
                found[name] = value.strip("\"'")
    except OSError:
        pass
    return found


def _mirror(suite: str) -> str:
    """The mirror from which this machine gets its distribution's packages; for a suite
    `*-security` the mirror of security updates. Raises Refused."""
    system = _os_release()
    codename = system.get("VERSION_CODENAME", "")
    security = suite.endswith("-security")
    for line in _apt("the machine's sources of packages", "apt-get", "indextargets", "--format",
                     "$(REPO_URI)|$(RELEASE)|$(CODENAME)|$(COMPONENT)|$(ORIGIN)",
                     "Created-By: Packages").splitlines():
        uri, release, name, component, origin = (line.split("|") + [""] * 5)[:5]
        ours = origin.lower() == system.get("ID") or (
            codename and codename in (release.partition("-")[0], name.partition("-")[0]))
        if ours and component == "main" and release.endswith("-security") == security:
            return uri
    raise Refused(f"this machine's apt has no mirror of the distribution for {clean(suite)}: "
                  "apt-get indextargets shows none")


def _keyring() -> str:
    path = f"/usr/share/keyrings/{_os_release().get('ID', 'debian')}-archive-keyring.gpg"
    return f" signed-by={path}" if os.path.exists(path) else ""


class Packages:
    """The packages of one release, or without one those of the machine's own lists. `bare`: only
    the release's own metadata is fetched."""

    def __init__(self, suite: Optional[str], bare: bool = False,
                 arch: Optional[Arch] = None) -> None:
        arch = arch or of_this_machine()
        if suite is None and not arch.native:
            # The machine's own lists have none of another architecture.
            suite = _os_release().get("VERSION_CODENAME") or "stable"
        if suite is not None and not _SUITE.match(suite):
            raise Refused(f"not the name of a release: {clean(suite) or 'nothing'}")
        self.suite = suite
        self._bare, self._debian = bare, arch.debian
        self._path = cache.folder("apt", suite + ("" if arch.native else f".{arch.debian}")
                                  + (".release" if bare else "")) if suite else ""
        self._words = ["-c", os.path.join(self._path, "apt.conf")] if suite else []

    @property
    def fresh(self) -> bool:
        """True when the lists need not be fetched again."""
        if not self.suite:
            return True
        try:
            age = time.time() - os.stat(os.path.join(self._path, "fetched")).st_mtime
        except OSError:
            return False
        return 0 <= age < FRESH_SECONDS

    def update(self, say: Callable[[str], None]) -> None:
        """Fetches the lists unless they are fresh. When that fails, old lists are used, with a
        message by `say`; without old lists Refused is raised."""
        if self.fresh:
            return
        for name in ("lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(self._path, name), exist_ok=True)
        with cache.locked(self._path):
            if self.fresh:
                return
            stamp = os.path.join(self._path, "fetched")
            write_whole(self.sources,
                        f"deb [arch={self._debian}{_keyring()}] {_mirror(self.suite or '')} "
                        f"{self.suite} main\n")
            write_whole(os.path.join(self._path, "apt.conf"),
                        _CONFIGURATION.format(path=self._path, arch=self._debian)
                        + (_NO_LISTS if self._bare else ""))
            try:
                _apt(f"no lists of {self.suite}", "apt-get", *self._words, "-q", "update")
            except Refused as refused:
                if not os.path.exists(stamp):
                    raise
                say(f"{refused}; using the lists fetched earlier")
                return
            write_whole(stamp, "")

    @property
    def sources(self) -> str:
        """The file that says where the packages come from."""
        return os.path.join(self._path, "sources.list")

    def state(self) -> str:
        """What changes when the release does. Raises Refused."""
        digest = hashlib.sha256()
        for path in sorted(glob.glob(os.path.join(glob.escape(self._path), "lists",
                                                  "*InRelease"))):
            cache.add_content(digest, path)
        return digest.hexdigest()

    @property
    def codename(self) -> str:
        """The release's codename from its metadata; its suite where that has none."""
        for path in glob.glob(os.path.join(glob.escape(self._path), "lists", "*InRelease")):
            with open(path, encoding="utf-8", errors="replace") as file:
                match = re.search(r"^Codename: (\S+)$", file.read(1 << 16), re.MULTILINE)
            if match and _SUITE.match(match.group(1)):
                return match.group(1)
        return self.suite or ""

    def show(self, names: Iterable[str]) -> List[Stanza]:
        """The stanzas of these packages (NAME or NAME=VERSION) in the lists. Raises Refused."""
        where = f" in {self.suite}" if self.suite else " (apt-get update brings new lists)"
        names = list(names)
        text = _apt(f"no package {clean(names[0])}{where}", "apt-cache", *self._words, "show",
                    *([] if len(names) > 1 else ["--no-all-versions"]), *names)
        return [stanza for stanza in map(_stanza, text.split("\n\n")) if stanza.get("Package")]

    def names(self, prefix: str) -> List[str]:
        """The names of the packages that begin with the prefix."""
        return _apt("no packages", "apt-cache", *self._words, "pkgnames", prefix).split()

    def download(self, stanzas: Iterable[Stanza], into: str) -> None:
        """Fetches packages into a folder. Raises Refused."""
        names = [f"{stanza['Package']}={stanza['Version']}" for stanza in stanzas]
        _apt(f"cannot fetch {names[0]}", "apt-get", *self._words, "-q", "-o",
             "APT::Sandbox::User=root", "download", *names, cwd=into)


def codename(suite: str, say: Callable[[str], None]) -> str:
    """The codename of the release that a suite such as `stable` stands for now. Raises
    Refused."""
    release = Packages(suite, bare=True)
    release.update(say)
    return release.codename


def _stanza(text: str) -> Stanza:
    return {name: value.strip() for name, colon, value in
            (line.partition(":") for line in text.splitlines() if line[:1].strip()) if colon}


def needed(stanza: Stanza, names: "re.Pattern[str]") -> List[str]:
    """The dependencies of a package whose names match, as NAME or NAME=VERSION."""
    found: List[str] = []
    for part in stanza.get("Depends", "").split(","):
        match = re.match(r"\s*([a-z0-9][a-z0-9+.~-]+)(?::\w+)?(?: \(= ([^)]+)\))?\s*(?:\||\Z)",
                         part)
        if match and names.match(match.group(1)):
            found.append(match.group(1) + (f"={match.group(2)}" if match.group(2) else ""))
    return found


def closure(packages: Packages, word: str, names: "re.Pattern[str]") -> List[Stanza]:
    """A package and its direct and indirect dependencies whose names match: a meta-package depends
    on the package with the files, which may again be split. Raises Refused."""
    found: Dict[str, Stanza] = {}
    todo = [word]
    while todo:
        wanted = todo.pop(0)
        if wanted.partition("=")[0] in found:
            continue
        stanzas = packages.show([wanted])
        if not stanzas:
            raise Refused(f"no package {clean(wanted)}")
        found[stanzas[0]["Package"]] = stanzas[0]
        todo += needed(stanzas[0], names)
    return list(found.values())
