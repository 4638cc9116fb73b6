#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which kernels a known issue applies to: versions as kernels of many vendors report them."""
from __future__ import annotations

import unittest
from typing import Any, Dict, List, Tuple

import support
from runner import kernels
from runner.kernels import Distribution, Range, named, parse, written

RHEL = {"ID": "rhel", "VERSION_ID": "9.4", "ID_LIKE": "fedora"}
ROCKY = {"ID": "rocky", "VERSION_ID": "9.4", "ID_LIKE": "rhel centos fedora"}
UBUNTU = {"ID": "ubuntu", "VERSION_ID": "24.04", "ID_LIKE": "debian"}
DEBIAN = {"ID": "debian", "VERSION_ID": "12"}
SUSE = {"ID": "sles", "VERSION_ID": "15.6", "ID_LIKE": "suse"}


def _series(since: str, *fixed: str) -> Range:
    return Range(parse(since, first=True) if since else None, tuple(map(parse, fixed)))


RANGES = {
    # Fixed separately in each stable series.
    "fixed": _series("6.12", "6.18.51", "7.0.3", "7.1"),
    # Not fixed.
    "open": _series("6.18"),
    # Fixed before the first stable release.
    "candidate": _series("", "6.1.90", "7.1-rc3"),
    # A distribution has fixed it in a kernel whose version number did not change.
    "distribution": Range(parse("6.6", first=True), (), (
        Distribution("5.14.0-427.*.el9_4.*", "rhel", "9*", fixed="5.14.0-427.42"),
        Distribution("5.14.0-*.el9*", "rhel", "9*", fixed="5.14.0-503"),
        Distribution("6.8.0-*-generic", "ubuntu", fixed="6.8.0-50"),
        Distribution("6.4.0-150600.*", since="6.4.0-150600.21"))),
    # The fault exists in this distribution only.
    "own": Range(distributions=(Distribution("*-generic", "ubuntu"),)),
}

# uname -r, uname -v, os-release; the version of kernel.org; the ranges that cover it.
WORLD: List[Tuple[str, str, Dict[str, str], str, str]] = [
    # Kernels of kernel.org, and those built from it.
    ("6.12.117", "#1 SMP", {}, "6.12.117", "fixed candidate distribution"),
    ("6.11.5", "#1 SMP", {}, "6.11.5", "candidate distribution"),
    ("6.12.0-rc2", "#1 SMP", {}, "6.12.0-rc2", "fixed candidate distribution"),
    ("6.18.0", "", {}, "6.18.0", "fixed open candidate distribution"),
    ("6.18.45", "", {}, "6.18.45", "fixed open candidate distribution"),
    ("6.18.50", "", {}, "6.18.50", "fixed open candidate distribution"),
    ("6.18.51", "", {}, "6.18.51", "open candidate distribution"),
    ("6.18.99-custom+", "", {}, "6.18.99", "open candidate distribution"),
    ("6.19.0", "", {}, "6.19.0", "fixed open candidate distribution"),
    ("6.19.12", "", {}, "6.19.12", "fixed open candidate distribution"),
    ("7.0.0", "", {}, "7.0.0", "fixed open candidate distribution"),
    ("7.0.2", "", {}, "7.0.2", "fixed open candidate distribution"),
    ("7.0.3", "", {}, "7.0.3", "open candidate distribution"),
    ("7.1.0-rc2", "", {}, "7.1.0-rc2", "fixed open candidate distribution"),
    ("7.1.0-rc3", "", {}, "7.1.0-rc3", "fixed open distribution"),
    ("7.1.0-rc3-00012-gabcdef", "", {}, "7.1.0-rc3", "fixed open distribution"),
    ("7.1.0", "", {}, "7.1.0", "open distribution"),
    ("7.3.4", "", {}, "7.3.4", "open distribution"),
    ("5.15.167.4-microsoft-standard-WSL2", "#1 SMP", {}, "5.15.167", "candidate"),
    # Debian has the version in uname -v.
    ("6.1.0-13-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)", DEBIAN, "6.1.55",
     "candidate"),
    ("6.1.0-21-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.90-1 (2024-05-03)", DEBIAN, "6.1.90",
     ""),
    ("6.12.48+deb13-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20)", DEBIAN,
     "6.12.48", "fixed candidate distribution"),
    ("6.12-rc6-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.12~rc6-1~exp1 (2024-11-10)", DEBIAN,
     "6.12.0-rc6", "fixed candidate distribution"),
    ("6.6.51+rpt-rpi-v8", "#1 SMP PREEMPT Debian 1:6.6.51-1+rpt3 (2024-10-08)", DEBIAN,
     "6.6.51", "candidate distribution"),
    # The lab's kernel under a Debian.
    ("6.18.44", "#1 SMP PREEMPT_DYNAMIC Thu Jan  1 00:00:00 UTC 1970", DEBIAN, "6.18.44",
     "fixed open candidate distribution"),
    ("6.8.0-45-generic", "#45-Ubuntu SMP", UBUNTU, "6.8.0", "candidate distribution own"),
    ("6.8.0-50-generic", "#51-Ubuntu SMP", UBUNTU, "6.8.0", "candidate own"),
    ("7.1.0-070100rc3-generic", "#202605 SMP", UBUNTU, "7.1.0-rc3",
     "fixed open distribution own"),
    ("6.10.3-200.fc40.x86_64", "#1 SMP", {"ID": "fedora"}, "6.10.3", "candidate distribution"),
    ("7.1.0-0.rc2.20260501git1234.20.fc45.x86_64", "#1 SMP", {"ID": "fedora"}, "7.1.0-rc2",
     "fixed open candidate distribution"),
    ("5.14.0-427.13.1.el9_4.x86_64", "#1 SMP", RHEL, "5.14.0", "candidate distribution"),
    ("5.14.0-427.42.1.el9_4.x86_64", "#1 SMP", RHEL, "5.14.0", "candidate"),
    ("5.14.0-427.13.1.el9_4.x86_64", "#1 SMP", ROCKY, "5.14.0", "candidate distribution"),
    ("5.14.0-503.11.1.el9_5.x86_64", "#1 SMP", RHEL, "5.14.0", "candidate"),
    ("5.14.0-427.13.1.el9_4.x86_64", "#1 SMP", {"ID": "ol", "VERSION_ID": "9.4"}, "5.14.0",
     "candidate"),
    ("6.4.0-150600.21-default", "#1 SMP", SUSE, "6.4.0", "candidate distribution"),
    ("6.4.0-150600.9-default", "#1 SMP", SUSE, "6.4.0", "candidate"),
    ("6.1.112-122.189.amzn2023.x86_64", "#1 SMP", {"ID": "amzn"}, "6.1.112", ""),
]


class Kernels(unittest.TestCase):
    """The version of a kernel, and the ranges that cover it."""

    def test_releases_of_the_world(self) -> None:
        for release, text, system, version, covered in WORLD:
            kernel = named(release, "x86_64", text, "", system)
            with self.subTest(release=release, text=text):
                self.assertEqual(written(kernel.version), version)
                self.assertEqual(
                    {name for name, it in RANGES.items() if it.covers(kernel)},
                    set(covered.split()))

    def test_the_record_tells_the_same(self) -> None:
        """The version of a guest's kernel is read from its run.json, also from one of an older
        hugeproof."""
        for release, text, _, version, _ in WORLD:
            with self.subTest(release=release):
                record: Dict[str, Any] = {"release": release, "machine": "x", "version": text}
                self.assertEqual(written(kernels.recorded(record).version), version)
                record["upstream"] = version
                self.assertEqual(written(kernels.recorded(record).version), version)

    def test_ubuntu_tells_the_version_in_a_file(self) -> None:
        kernel = named("6.8.0-45-generic", "x86_64", "#45-Ubuntu SMP",
                       "Ubuntu 6.8.0-45.45-generic 6.8.12", UBUNTU)
        self.assertEqual(written(kernel.version), "6.8.12")

    def test_a_kernel_that_tells_nothing(self) -> None:
        kernel = named("custom", "x86_64", "", "nonsense")
        self.assertEqual({name for name, it in RANGES.items() if it.covers(kernel)},
                         {"candidate"})

    def test_this_kernel(self) -> None:
        self.assertGreater(kernels.running().version, (2, 6, 0, 0))

    def test_versions_that_are_none(self) -> None:
        for text in ("6", "6.x", "v6.1", "6.1.2.3", "6.1-rc", "6.1..", "6.1\n", "", "-1.2"):
            with self.subTest(repr(text)), self.assertRaises(ValueError):
                parse(text)

    def test_ranges_of_format_1(self) -> None:
        for release, text, inside in (
                ("6.1.0-13-amd64", "6.1..6.11", True), ("6.11.5", "..6.11", True),
                ("6.12", "..6.11", False), ("6.2", "6.10..", False), ("6.10.1", "6.10..", True),
                ("6.9", "6.10..", False), ("6.1", "6.1.0..", True), ("7.0", "..", True),
                ("6.1.9", "6.1.10..", False), ("6.18.44-x", "6.18.44..6.18.44", True)):
            with self.subTest(f"{release} in {text}"):
                kernel = named(release, "x86_64")
                self.assertEqual(Range(old=(text,)).covers(kernel), inside)
        self.assertTrue(Range(old=("6.1..6.2", "6.5..")).covers(named("6.6.1", "x86_64")))


if __name__ == "__main__":
    support.main()
