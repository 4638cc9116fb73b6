#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The project's own list of known issues: each entry explains the observed symptoms of its fault,
as they were printed, and nothing that is only similar. No root, nothing changed."""
from __future__ import annotations

import unittest
from typing import List, Optional, Tuple

import reasons
import support
from runner import known_list
from runner.explain import counter_below_zero, explain
from runner.findings import Finding
from runner.kernels import named

SEEN = "6.18.44", "6.12.117", "7.3.4", "6.1.176", "6.6.100"
GIGANTIC, LEAVER = "gigantic-fork-table-shared", "owner-leaves-child-a-reservation"
QUEUED, EVICTED = "migrated-thp-queued-too-late", "device-page-evicted-twice"
ELSEWHERE, ZRAM = "gigantic-fork-table-shared-elsewhere", "zram-takes-whole-pages"
MIGRATED, SURPLUS = "migrated-page-leaves-nr-hugetlb", "surplus-nr-hugetlb-below-zero"
TRUNCATED, VMEMMAP = "fault-behind-truncation", "vmemmap-restored-from-head"
LOST, CUT = "pinned-shmem-loses-a-page", "pinned-shmem-is-cut-for-ever"
ZERO = "got zero (000000000000000000), at 0x7f2e46686000: page 5 (huge page 0, base page 5 of it)"
MODEL = "lib/model/scenario.c:306: hp_check_model(&run->memory.pool): expected {}, got {}"

# Name of a point, its reason, and the entry that explains it on a kernel of SEEN.
POINTS: Tuple[Tuple[str, str, Optional[str]], ...] = (
    ("hugetlb/private_cow.child_writes@1G", "expected tag 'p' of offset 0, got zero, at 0x7f9780",
     GIGANTIC),
    ("hugetlb/private_cow.child_writes@1G", "expected tag 'p' of offset 0, got tag 'c', at 0x7f97",
     None),
    ("hugetlb/private_cow.child_writes@2M", "expected tag 'p' of offset 0, got zero, at 0x7f9780",
     None),
    ("hugetlb/accounting_fork.noreserve_leaver@1G", "*(uint64_t *)addr == deed->value: "
     "expected 1, got 0 (begins)", GIGANTIC),
    ("hugetlb/accounting_fork.private@1G", "hp_check_access(addr, access): expected no signal, got "
     "SIGBUS (code 2) for a read at 0x7f4cc0000000 (begins)", GIGANTIC),
    ("hugetlb/accounting_fork.private@1G", "hp_check_access(addr, access): expected no signal, got "
     "SIGSEGV (code 1) for a read at 0x7f4cc0000000 (begins)", None),
    ("hugetlb/accounting_fork.private_noreserve@1G", "expected SIGBUS (code 2) for a write at 0x7, "
     "got no signal (one child after another)", GIGANTIC),
    ("hugetlb/cow_pool_empty.child_loses@1G", "hp_wait_ok(x): expected the process comes to its "
     "end, got killed by SIGBUS (code 2) at 0x7f8840000000; its step: begins", GIGANTIC),
    ("hugetlb/cow_whole_page.parent_word@1G", "hp_check_hugetlb(start, .free = -1): expected "
     "Total 4 Free 2 Rsvd 2 Surp 0, got Total 4 Free 3 Rsvd 2 Surp 0", GIGANTIC),
    ("hugetlb/cow_whole_page.parent_word@1G", "hp_check_hugetlb(start, .free = -1): expected "
     "Total 4 Free 2 Rsvd 2 Surp 0, got Total 4 Free 3 Rsvd 1 Surp 0", None),
    ("hugetlb/smaps.two_processes@1G", "smaps(family.area).shared_hugetlb == (0)*PAGE_KB: "
     "expected 0, got 1048576", GIGANTIC),
    ("hugetlb/smaps.two_processes@1G", "map.size == 2 * PAGE_KB: expected 2097152, got 1048576",
     None),
    ("hugetlb/pagemap.copied@1G", "entry(area, 0).exclusive: expected true, got false (reads)",
     GIGANTIC),
    # No failure of this one was recorded: this is what its checks would print.
    ("pin/fork.copied_at_fork@1G", "hp_check_filled(family->area, 'p'): expected tag 'p' of offset "
     "0, got zero, at 0x7f3a40000000 (page 0, byte 0 of it)", ELSEWHERE),
    ("pin/fork.copied_at_fork@1G", "hp_check_hugetlb(start, .free = -2): expected Total 4 Free 2 "
     "Rsvd 0 Surp 0, got Total 4 Free 3 Rsvd 0 Surp 0", ELSEWHERE),
    ("pin/fork.copied_at_fork@1G", "hp_check_hugetlb(start, .free = -2): expected Total 4 Free 2 "
     "Rsvd 0 Surp 0, got Total 3 Free 2 Rsvd 0 Surp 0", None),
    ("pin/fork.all_write_hugetlb@1G", "*family.devices == DEVICES: expected 103, got 102", None),
    ("hugetlb/migrate_policy.mbind_moves@1G", "hp_node_of(hp_page(area, 0)) == to: expected 1, got "
     "0", ELSEWHERE),
    ("hugetlb/migrate_policy.mbind_moves@1G", "bind_to(area, 2, to, MPOL_MF_MOVE): expected "
     "success, got EIO", None),
    ("poison/hugetlb_private.shared_by_fork@1G", "hp_check_poisoned(addr): expected SIGBUS (code "
     "4) for a read at 0x7f4cc0000000, got no signal", ELSEWHERE),
    ("uffd/events_hugetlb.child_protected_private@1G", "tests/uffd/events_hugetlb.c:99: the "
     "userfaultfd reports a fault or event: expected one, got none", ELSEWHERE),
    ("hugetlb/execute.copied@1G", "tests/hugetlb/execute.c:46: the child's block ends well: "
     "expected the process comes to its end, got killed by SIGSEGV (code 1) at 0x7f", ELSEWHERE),
    ("pin/direct.neighbours_sectors@2M", "tests/pin/direct.c:18: hp_disk_differs(at, 0, BYTES) == "
     "-1: expected -1, got 0 (from 512 bytes before the edge at 2048 kB)", ZRAM),
    ("pin/direct.neighbours_sectors@2M", "tests/pin/direct.c:17: pread(fd, at, BYTES, 0) == BYTES: "
     "expected 65536, got -1 (from 512 bytes before the edge at 2048 kB)", None),
    ("hugetlb/accounting_fork.private_leaver@1G", MODEL.format(
        "Total 4 Free 3 Rsvd 2 Surp 0", "Total 4 Free 3 Rsvd 1 Surp 0"), LEAVER),
    ("hugetlb/accounting_fork.private_leaver@2M", MODEL.format(
        "Total 4 Free 3 Rsvd 0 Surp 0", "Total 4 Free 3 Rsvd -1 Surp 0; a counter is negative"),
     LEAVER),
    ("hugetlb/accounting_fork.private_leaver@2M", MODEL.format(
        "Total 4 Free 3 Rsvd 0 Surp 0", "Total 4 Free 2 Rsvd -1 Surp 0"), None),
    ("hugetlb/holes_race.truncation@2M", MODEL.format(
        "Total 3 Free 1 Rsvd 0 Surp 0", "Total 3 Free 1 Rsvd -1 Surp 0"), TRUNCATED),
    ("hugetlb/holes_race.truncation@2M", "expected tag 'p' of offset 0, got zero, at 0x7f97", None),
    ("uffd/reservation.no_page_private@2M", "copy(&it) == ENOMEM: expected 12, got 17",
     "uffd-copy-says-a-page-is-there"),
    ("uffd/reservation.no_page_private@2M", "copy(&it) == ENOMEM: expected 12, got 14", None),
    ("hugetlb/mlock.untouched@2M", "hp_check_hugetlb(start, .rsvd = +1): expected Total 4 Free 4 "
     "Rsvd 1 Surp 0, got Total 4 Free 3 Rsvd 0 Surp 0", "mlock-onfault-takes-pages"),
    ("hugetlb/mlock.untouched@2M", "hp_check_ok(mlock2(x)): expected no error, got ENOMEM", None),
    ("hugetlb/fallocate.beyond_the_end@2M", "expected SIGBUS (code 2) for a read at 0x7f, got no "
     "signal", "pages-beyond-the-end-are-mapped"),
    ("hugetlb/fallocate.beyond_the_end@2M", "expected SIGBUS (code 2) for a read at 0x7f, got "
     "SIGSEGV", None),
    ("race/pins_vs_everything.shmem@2M", f"expected owner 0, page 5, generation 5, {ZERO}", LOST),
    ("tmpfs/race_recovery.everyone", "the contents of a page: expected owner 11, page 5, "
     f"generation 9 (or from generation 7 on), {ZERO}", LOST),
    ("race/pins_vs_everything.shmem@2M", f"expected page 5, filling of its word 7, {ZERO}", LOST),
    ("race/pins_vs_everything.shmem@2M", "expected owner 0, page 5, generation 5, got owner 0, "
     "page 5, generation 4 (0x0000000500000004), at 0x7f2e46686000", None),
    ("race/pins_vs_everything.shmem@2M", "expected owner 0, page 5, generation 5, or what is there "
     f"when that is lost, {ZERO}", None),
    ("race/pins_vs_everything.shmem@2M", "got zero (no bytes)", None),
    ("race/pins_vs_everything.shmem@2M", "expected 1 page moved, got zero (0), at once", None),
    ("race/pins_vs_everything.anon@2M", f"expected owner 0, page 5, generation 5, {ZERO}", None),
    ("tmpfs/race_recovery.reclaim", f"expected owner 0, page 5, generation 5, {ZERO}", None))
# Kind, verdict and text of other findings of a run, its names, and the entry.
STUCK = "time limit passed after 60.0 s, process 77 survives SIGKILL"
PINS = ("race/pins_vs_everything.shmem@2M", "race/pins_vs_everything@2M")
OTHERS: Tuple[Tuple[str, str, str, Tuple[str, ...], Optional[str]], ...] = (
    ("end", "timeout", STUCK, PINS, CUT),
    ("process", "leak", "process 78 (pins_vs_everyth) survives SIGKILL", PINS[1:], CUT),
    ("process", "leak", "process 78 (pins_vs_everyth)", PINS[1:], None),
    ("process", "leak", "process 78 (kworker/0:1) survives SIGKILL", PINS[1:], None),
    ("process", "leak", "process 78 (sh) survives SIGKILL", PINS[1:], None),
    ("end", "timeout", "time limit passed after 60.0 s, ended by SIGKILL", PINS, None),
    ("end", "broken", "process 77 survives SIGKILL", PINS, None),
    ("end", "timeout", STUCK, ("race/pins_vs_everything.anon@2M",), None),
    ("end", "timeout", STUCK, ("tmpfs/race_recovery.everyone", "tmpfs/race_recovery"), None))
# Name of a run of a program, a line of the kernel's log, and the entry.
LINES: Tuple[Tuple[str, str, Optional[str]], ...] = (
    ("hugetlb/overcommit@2M", "vmstat_refresh: nr_hugetlb -1024", SURPLUS),
    ("hugetlb/overcommit@2M-32bit", "vmstat_refresh: nr_hugetlb -1024", SURPLUS),
    ("uffd/reservation@2M", "vmstat_refresh: nr_hugetlb -9216 (2560 less than before)", SURPLUS),
    ("uffd/reservation@2M", "vmstat_refresh: nr_hugetlb -9216 (1 less than before)", None),
    ("uffd/reservation@2M", "vmstat_refresh: nr_hugetlb -921600 (800000 less than before)", None),
    ("uffd/reservation@1G", "vmstat_refresh: nr_hugetlb -786432", f"gigantic-{SURPLUS}"),
    ("uffd/reservation@1G", "vmstat_refresh: nr_hugetlb -512", None),
    ("uffd/scan@2M", "vmstat_refresh: nr_hugetlb -9216 (512 less than before)", None),
    ("hugetlb/overcommit@2M", "vmstat_refresh: nr_file_hugepages -1", None),
    # How far it is below zero depends on all programs of the boot; that of one program is in
    # another line.
    ("hugetlb/migrate_policy@2M", "vmstat_refresh: nr_hugetlb -921600 (1024 less than before)",
     MIGRATED),
    ("hugetlb/migrate_policy@2M", "vmstat_refresh: nr_hugetlb -921600 (65536 less than before)",
     None),
    ("hugetlb/migrate_policy@2M", "vmstat_refresh: nr_hugetlb -921600 (1 less than before)", None),
    ("hugetlb/migrate_policy@1G", "vmstat_refresh: nr_hugetlb -524288 (262144 less than before)",
     "migrated-gigantic-page-leaves-nr-hugetlb"),
    ("hugetlb/migrate_policy@1G", "vmstat_refresh: nr_hugetlb -524288 (512 less than before)",
     None),
    ("hmm/thp", "WARNING: mm/memremap.c:158 at memremap_pages+0x1/0x2, CPU#1: thp/77",
     "hmm-test-device-maps-its-memory-twice"),
    ("hmm/basics", "WARNING: mm/memremap.c:158 at memremap_pages+0x1/0x2, CPU#1: basics/77", None),
    ("hmm/thp", "WARNING: mm/memremap.c:90 at memunmap_pages+0x1/0x2, CPU#1: thp/77", None),
    ("hugetlb/overcommit@2M", "BUG: KASAN: slab-use-after-free in f+0x1/0x2", None),
    ("hugetlb/vmemmap@2M", "BUG: Bad page state in process x  pfn:1234", VMEMMAP),
    ("hugetlb/vmemmap@2M", "page dumped because: corrupted mapping in tail page", VMEMMAP),
    ("hugetlb/vmemmap@2M", "page dumped because: VM_BUG_ON_FOLIO(x)", None),
    ("migrate/race_fork@2M", "page dumped because: VM_WARN_ON_FOLIO(folio_test_partially_mapped("
     "folio))", QUEUED),
    ("migrate/race_fork@2M", "WARNING: CPU: 1 PID: 77 at mm/huge_memory.c:3790 "
     "deferred_split_folio+0x1a0/0x2b0", QUEUED),
    ("migrate/race_fork@2M", "WARNING: CPU: 1 PID: 77 at mm/huge_memory.c:3790 "
     "__split_huge_page+0x1a0/0x2b0", None),
    ("hmm/race", "page dumped because: VM_WARN_ON_ONCE_FOLIO(!folio_test_hugetlb(old) && !memcg)",
     EVICTED),
    ("hmm/race", "WARNING: CPU: 0 PID: 7 at mm/memcontrol.c:4822 mem_cgroup_migrate+0x1/0x2",
     EVICTED),
    ("hmm/race", "WARNING: CPU: 0 PID: 7 at lib/test_hmm.c:280 dmirror_fault+0x1/0x2", None))
# Name of such a run, a counter, its difference, and the entry.
COUNTERS: Tuple[Tuple[str, str, int, Optional[str]], ...] = (
    ("hugetlb/holes_race@2M", "hugetlb.2M.rsvd", -1, TRUNCATED),
    ("hugetlb/holes_race@2M", "hugetlb.2M.rsvd", -2, TRUNCATED),
    ("hugetlb/holes_race@2M", "hugetlb.2M.rsvd", -3, None),
    ("hugetlb/holes_race@2M", "hugetlb.2M.rsvd", 1, None),
    ("hugetlb/holes_race@2M", "hugetlb.2M.free", -1, None),
    ("hugetlb/overcommit@2M", "hugetlb.2M.free", -1, None),
    ("race/pins_vs_everything@2M", "hugetlb.2M.rsvd", -1, "fault-behind-truncation-stays"),
    ("race/pins_vs_everything@2M", "hugetlb.2M.rsvd", -2, None))
# Words of a reason that stand nowhere in one piece: a name that the kernel cut, the text of an
# errno, and what is put together of several values.
PUT_TOGETHER = ("pins_vs_everyth", "No such device", "huge=within_size, shmem_enabled",
                "/sys/kernel/mm/mempolicy/weighted_interleave/auto to true")


class OwnList(unittest.TestCase):
    """The symptoms, on the kernels on which they were seen."""

    def setUp(self) -> None:
        self.lists = [known_list.load([], named(release, "x86_64")) for release in SEEN]

    def _by(self, finding: Finding) -> List[str]:
        """The entries that explain a finding, kernel by kernel."""
        found = []
        for issues in self.lists:
            explain(issues, [finding])
            found += [finding.known] if finding.known else []
        return found

    def _is(self, finding: Finding, entry: Optional[str]) -> None:
        with self.subTest(f"{finding.names} {finding.text}"):
            self.assertEqual(set(self._by(finding)), {entry} if entry else set())

    def test_points(self) -> None:
        for name, reason, entry in POINTS:
            got = reason.rpartition("got ")[2]
            self._is(Finding("point", "fail", reason, (name,), got=got), entry)
            for verdict in ("crash", "timeout", "broken"):
                self._is(Finding("point", verdict, reason, (name,), got=got), None)

    def test_a_fault_that_was_fixed_is_known_before_alone(self) -> None:
        """A fault is known only before its fix: "mm: fix khugepaged with shmem_enabled=advise" is
        in 6.5."""
        finding = Finding("point", "fail", "all_huge(area): expected true within 5 s",
                          ("tmpfs/khugepaged.advised_alone",))
        first = "khugepaged-misses-advised-shmem"
        for release, entry in (("6.1.176", f"{first}-at-first"), ("6.4.16", f"{first}-at-first"),
                               ("6.5", None), ("6.6.100", None), ("6.12.117", None),
                               ("6.17.13", first), ("6.18.44", first), ("7.2.12", None)):
            explain(known_list.load([], named(release, "x86_64")), [finding])
            self.assertEqual((release, finding.known), (release, entry))

    def test_the_sources_print_what_is_looked_for(self) -> None:
        """A text that changed makes an entry explain nothing, without a word."""
        sources = reasons.Sources(support.TOP)
        lost = [(issue.id, piece) for issue in known_list.read(known_list.own())
                for way in issue.demands if way.reason for piece in reasons.pieces(
                    way.reason.pattern)
                if piece not in PUT_TOGETHER and not sources.have(piece, issue.points)]
        self.assertEqual(lost, [])

    def test_a_reason_is_taken_apart(self) -> None:
        for pattern, pieces in (
                (r"the file ends there: expected the end of it, got \d+", [
                    "the file ends there", "the end of it"]),
                (r"hp_check_them?\(a->b, 'c'\) == 1[23]: expected", [
                    "hp_check_the", "a->b, 'c') == 1"]),
                (r"(?i:one of them|neither of them) is (\d+ )?short", [
                    "one of them", "neither of them"])):
            self.assertEqual(reasons.pieces(pattern), [
                piece for piece in pieces if len(piece) >= reasons.SHORTEST], pattern)

    def test_words_that_nothing_prints_are_not_found(self) -> None:
        sources = reasons.Sources(support.TOP)
        points = ("hugetlb/execute.copied@1G", "uffd/events_hugetlb.*@*")
        for piece, found in (("the userfaultfd reports a fault or event", True),
                             ("the userfaultfd tells something", False),
                             ("hp_run_code(area->addr) == 7", True),
                             ("hp_run_code(area->addr) == area", False),
                             ("Total 1 Free 0 Rsvd 0 Surp 1", True),
                             ("Total 1 Free 0 Kept 0 Surp 1", False)):
            self.assertEqual(sources.have(piece, points), found, piece)
        self.assertFalse(sources.have("hp_run_code(area->addr) == 7", points[1:]))

    def test_an_oops_that_was_fixed_in_every_series(self) -> None:
        """By the record of "fs,hugetlb: fix NULL pointer dereference in hugetlbs_fill_super"."""
        oops = "BUG: kernel NULL pointer dereference, address: 0000000000000028"
        for release, known in (
                ("5.0.21", False), ("5.4.270", True), ("5.4.271", False), ("5.15.150", True),
                ("6.1.78", True), ("6.1.79", False), ("6.5.13", True), ("6.6.17", True),
                ("6.6.18", False), ("6.7.5", True), ("6.8", False), ("6.12.117", False)):
            for name, finding in (
                    ("fsconfig", Finding("log", "kernel", oops, ("hugetlb/fsconfig@2M",),
                                         line=oops)),
                    ("another", Finding("log", "kernel", oops, ("hugetlb/mount@2M",),
                                        line=oops)),
                    ("case", Finding("point", "crash", "killed by SIGKILL",
                                     ("hugetlb/fsconfig.refused_first@2M",),
                                     got="killed by SIGKILL"))):
                explain(known_list.load([], named(release, "x86_64")), [finding])
                self.assertEqual((release, name, finding.known is not None),
                                 (release, name, known and name != "another"))

    def test_processes_that_no_signal_ends(self) -> None:
        for kind, verdict, text, names, entry in OTHERS:
            self._is(Finding(kind, verdict, text, names), entry)

    def test_lines_of_the_log(self) -> None:
        for name, line, entry in LINES:
            counter, value = counter_below_zero(line)
            self._is(Finding("log", "kernel", line, (name,), line=line, counter=counter,
                             change=value), entry)

    def test_counters(self) -> None:
        for name, counter, change, entry in COUNTERS:
            self._is(Finding("counter", "leak", f"{counter} {change:+d}", (name,),
                             counter=counter, change=change), entry)

    def test_nothing_else_of_a_program(self) -> None:
        """No entry here explains leftovers or a wrong exit status."""
        for name in {row[0] for row in (*LINES, *COUNTERS)}:
            for kind, verdict, text in (
                    ("process", "leak", "process 7 (x)"), ("mount", "leak", "/mnt (tmpfs)"),
                    ("segment", "leak", "SysV segment 3"), ("exit", "broken", "exit status 3"),
                    ("protocol", "broken", "not TAP: x"), ("end", "crash", "killed by SIGSEGV"),
                    ("end", "timeout", "time limit passed after 7.0 s, ended by SIGTERM"),
                    ("taint", "kernel", "W: warning")):
                self._is(Finding(kind, verdict, text, (name,), bit=9), None)


if __name__ == "__main__":
    support.main()
