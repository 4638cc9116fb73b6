# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernel versions: that of the running kernel, and those to which a known issue applies."""
from __future__ import annotations

import platform
import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Dict, Mapping, Optional, Tuple

# Major, minor, patch, and the number of the release candidate, which for a release is larger than
# that of any candidate.
Version = Tuple[int, int, int, int]
RELEASED = 1 << 30

_NUMBERS = r"(\d+)\.(\d+)(?:\.(\d+))?"
_WRITTEN = re.compile(_NUMBERS + r"(?:-rc(\d+))?\Z")
_RELEASE = re.compile(_NUMBERS)
# 7.1.0-rc3, Fedora's 7.1.0-0.rc3.20260501git1234.fc45, Ubuntu's 7.1.0-070100rc3-generic.
_CANDIDATE = re.compile(r"-(?:0\.|\d{6})?rc(\d+)")
# A Debian package's version in uname -v: `Debian 6.1.90-1`, `Debian 6.12~rc6-1~exp1`,
# `Debian 1:6.6.51-1+rpt3`.
_DEBIAN = re.compile(r"\bDebian (?:\d+:)?" + _NUMBERS + r"(?:~rc(\d+))?[-~+]")
_OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
_SIGNATURE = "/proc/version_signature"


def _version(match: "re.Match[str]", candidate: Optional[str]) -> Version:
    major, minor, patch = match.group(1, 2, 3)
    return (int(major), int(minor), int(patch or 0),
            RELEASED if candidate is None else int(candidate))


def parse(text: str, first: bool = False) -> Version:
    """Parses a version as written in lists of known issues: `6.12`, `6.18.51`, `7.1-rc3`. As the
    `first` of a range a release includes its candidates. Raises ValueError."""
    match = _WRITTEN.match(text)
    if not match:
        raise ValueError(f"{text} is no kernel version such as 6.12, 6.18.51 or 7.1-rc3")
    found = _version(match, match.group(4))
    return found[:3] + (0,) if first and match.group(4) is None else found


def upstream(release: str, version: str = "", signature: str = "") -> Version:
    """The upstream version on which a kernel is based, by `uname -r`, `uname -v` and Ubuntu's
    /proc/version_signature; (0, 0, 0, ...) if it is in none of them."""
    match = _WRITTEN.match(signature.split()[-1]) if signature.split() else None
    if match:
        return _version(match, match.group(4))
    match = _DEBIAN.search(version)
    if match:
        return _version(match, match.group(4))
    match = _RELEASE.match(release)
    if not match:
        return 0, 0, 0, RELEASED
    candidate = _CANDIDATE.match(release, match.end())
    return _version(match, candidate.group(1) if candidate else None)


def written(version: Version) -> str:
    """A version as lists write it: `6.18.51`, `7.1.0-rc3`."""
    numbers = ".".join(map(str, version[:3]))
    return numbers if version[3] == RELEASED else f"{numbers}-rc{version[3]}"


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""


def os_release() -> Dict[str, str]:
    """The fields of /etc/os-release; empty without such a file."""
    for path in _OS_RELEASE:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        found = {}
        for line in lines:
            name, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                try:
                    found[name.strip()] = " ".join(shlex.split(value))
                except ValueError:
                    continue
        return found
    return {}


@dataclass(frozen=True)
class Kernel:
    """A kernel, and the distribution on which it runs."""

    release: str
    version: Version
    machine: str
    ids: Tuple[str, ...] = ()
    os_version: str = ""


def named(release: str, machine: str, text: str = "", signature: str = "",
          system: Optional[Mapping[str, str]] = None) -> Kernel:
    """The kernel described by `uname -r`, `-m`, `-v`, /proc/version_signature and os-release."""
    system = system or {}
    ids = [system.get("ID", ""), *system.get("ID_LIKE", "").split()]
    return Kernel(release, upstream(release, text, signature), machine,
                  tuple(filter(None, ids)), system.get("VERSION_ID", ""))


def running() -> Kernel:
    """The kernel that runs here."""
    uname = platform.uname()
    return named(uname.release, uname.machine, uname.version, _first_line(_SIGNATURE),
                 os_release())


def recorded(kernel: Mapping[str, Any]) -> Kernel:
    """The kernel in a run.json: that of a guest is not the host's, but its root file system is."""
    return named(str(kernel["release"]), str(kernel["machine"]), str(kernel.get("version") or ""),
                 str(kernel.get("upstream") or ""), os_release())


def _numbers(text: str) -> Tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)))


@dataclass(frozen=True)
class Distribution:
    """Kernels of a distribution, by its own version names: a distribution backports changes without
    changing the upstream number. Empty fields match everything."""

    release: str
    id: str = ""
    version: str = ""
    since: str = ""
    fixed: str = ""

    def builds(self, kernel: Kernel) -> bool:
        """True when the kernel was built by this distribution."""
        return (fnmatchcase(kernel.release, self.release)
                and (not self.id or any(fnmatchcase(name, self.id) for name in kernel.ids))
                and (not self.version or fnmatchcase(kernel.os_version, self.version)))

    def covers(self, release: str) -> bool:
        """True for releases from `since` on and before `fixed`, compared number by number."""
        now = _numbers(release)
        return now >= _numbers(self.since) and not (self.fixed and now >= _numbers(self.fixed))


def in_range(version: Version, text: str) -> bool:
    """For format 1: true when MIN..MAX covers the version. A bound covers all versions that begin
    with it: 6.11.5 is within ..6.11."""
    low, high = (_numbers(bound) for bound in text.split(".."))
    now = version[:3]
    padded = now + (0,) * (len(low) - len(now))
    return (not low or padded >= low) and (not high or now[:len(high)] <= high)


@dataclass(frozen=True)
class Range:
    """The range of kernels that have an issue."""

    since: Optional[Version] = None
    fixed: Tuple[Version, ...] = ()
    distributions: Tuple[Distribution, ...] = ()
    # Of format 1.
    old: Tuple[str, ...] = ()

    def covers(self, kernel: Kernel) -> bool:
        """True when the kernel has it."""
        for distribution in self.distributions:
            if distribution.builds(kernel):
                return distribution.covers(kernel.release)
        if self.old:
            return any(in_range(kernel.version, text) for text in self.old)
        if self.distributions and self.since is None and not self.fixed:
            return False
        return (self.since is None or kernel.version >= self.since) and not self._mended(
            kernel.version)

    def _mended(self, now: Version) -> bool:
        """True when the version has the fix: that of its own stable series, or the highest one."""
        return bool(self.fixed) and (now >= max(self.fixed) or any(
            now[:2] == fix[:2] and now >= fix for fix in self.fixed))
