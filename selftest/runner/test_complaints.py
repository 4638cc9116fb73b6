#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests which lines are complaints of the kernel, and which only look like one. No root, nothing
changed."""
from __future__ import annotations

import time
import unittest
from typing import Dict, List, Optional, Tuple

import support
from kernel_words import REPORTS
from runner.complaints import complaint, complaints, lines_of
from runner.watch import console
from runner.observe import kmsg
from runner.words import Words

# Lines of each kind, as printed by kernels of several versions and architectures.
LOUD: Dict[str, Tuple[str, ...]] = {
    "hang": (
        "INFO: task khugepaged:42 blocked for more than 122 seconds.",
        "INFO: task x y:9 blocked in I/O wait for more than 30 seconds.",
        "INFO: task kworker/1:2:77 can't die for more than 143 seconds.",
        "INFO: task cow:7 is blocked on a mutex likely owned by task split:9.",
        "INFO: task a[5]: b:7 blocked for more than 120 seconds.",
        "INFO: task cow:7 <writer> blocked on an rw-semaphore likely owned by task split:9"),
    "soft lockup": (
        "watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [cow:7]",
        "NMI watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [cow:7]",
        "BUG: soft lockup - CPU#1 stuck for 67s! [swapper/1:0]"),
    "hard lockup": (
        "NMI watchdog: Watchdog detected hard LOCKUP on cpu 2",
        "watchdog: Watchdog detected hard LOCKUP on cpu 2",
        "watchdog: CPU 4 self-detected hard LOCKUP @ x+0x1/0x2",
        "Watchdog detected hard LOCKUP on cpu 0"),
    "rcu stall": (
        "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
        "INFO: rcu_sched self-detected stall on CPU { 0}  (t=6500 jiffies g=1 c=0 q=9)",
        "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... } 9 jiffies",
        "INFO: rcu_tasks detected stalls on tasks:",
        "rcu: rcu_preempt kthread starved for 10502 jiffies! g5 f0x2 RCU_GP_WAIT_FQS(5)",
        "rcu: rcu_preempt kthread timer wakeup didn't happen for 9 jiffies!"),
    "workqueue lockup": ("BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 stuck for 31s!",),
    "stuck call": ("smp: csd: Detected non-responsive CSD lock (#1) on CPU#0, waiting 5 ns",),
    "kasan": (
        "BUG: KASAN: slab-use-after-free in hugetlb_fault+0x1/0x2",
        "BUG: KASAN: invalid-access in f+0x1/0x2",
        "KASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]",
        "kasan: GPF could be caused by NULL-ptr deref or user memory access"),
    "kcsan": ("BUG: KCSAN: data-race in f / g", "BUG: KCSAN: assert: race in f+0x1/0x2"),
    "kfence": ("BUG: KFENCE: memory corruption in f+0x1/0x2",),
    "kmsan": ("BUG: KMSAN: kernel-infoleak in f+0x1/0x2",),
    "ubsan": (
        "UBSAN: array-index-out-of-bounds in mm/hugetlb.c:9:2",
        "UBSAN: Undefined behaviour in mm/hugetlb.c:9:2"),
    "rcu usage": ("WARNING: suspicious RCU usage", "[ INFO: suspicious RCU usage. ]"),
    "lockdep": (
        "WARNING: possible circular locking dependency detected",
        "[ INFO: possible circular locking dependency detected ]",
        "WARNING: possible recursive locking detected",
        "WARNING: possible irq lock inversion dependency detected",
        "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected",
        "[ INFO: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected ]",
        "WARNING: inconsistent lock state", "WARNING: bad unlock balance detected!",
        "[ BUG: bad unlock balance detected! ]", "WARNING: bad contention detected!",
        "WARNING: held lock freed!", "[ BUG: held lock freed! ]",
        "WARNING: Nested lock was not taken", "WARNING: chain_key collision",
        "WARNING: cow/77 still has locks held!", "[ BUG: cow/77 still has locks held! ]",
        "WARNING: lock held when returning to user space!",
        "[ BUG: Invalid wait context ]", "BUG: Invalid wait context",
        "INFO: trying to register non-static key.",
        "BUG: key ffff888012345678 has not been registered!"),
    "atomic sleep": (
        "BUG: sleeping function called from invalid context at mm/hugetlb.c:9",
        "BUG: scheduling while atomic: cow/77/0x00000002",
        "BUG: scheduling in a non-blocking section: cow/77/1",
        "BUG: workqueue leaked atomic, lock or RCU: kworker/u8:1[77]",
        "bad: scheduling from the idle thread!",
        "note: cow[77] exited with preempt_count 1",
        "note: cow[77] exited with irqs disabled",
        "huh, entered softirq 3 NET_RX 0000 with preempt_count 00000101, exited with 00000100?"),
    "bad page state": ("BUG: Bad page state in process cow  pfn:12345",),
    "bad page map": ("BUG: Bad page map in process cow  pte:8000 pmd:1234",),
    "bad page cache": ("BUG: Bad page cache in process cow  pfn:12345",),
    "bad table": (
        "mm/pgtable-generic.c:50: bad pmd ffff888012345678(80000000)",
        "mm/memory.c:432: bad pgd 0000000080000000.",
        "cow: Corrupted page table at address 7f0000000000"),
    "bad swap entry": (
        "_swap_info_get: Bad swap file entry 3ffffffffffff",
        "get_swap_device: Bad swap offset entry 3ffffffffffff",
        "swap_info_get: Unused swap offset entry 00000001",
        "swap_dup: Unused swap file entry 400000000000001"),
    "bad rss counter": ("BUG: Bad rss-counter state mm:00 type:MM_ANONPAGES val:512",),
    "page tables left": ("BUG: non-zero pgtables_bytes on freeing mm: 4096",),
    "page table check": (
        "kernel BUG at mm/page_table_check.c:100!",
        "WARNING: CPU: 1 PID: 7 at mm/page_table_check.c:205 page_table_check_pte+0x1/0x2"),
    "page owner": ("page_owner tracks the page as freed",),
    "page corruption": (
        "pagealloc: memory corruption", "pagealloc: single bit error",
        "page dumped because: VM_BUG_ON_PAGE(PageTail(page))",
        "page dumped because: nonzero mapcount",
        "page:00000000deadbeef is uninitialized and poisoned"),
    "slab corruption": (
        "BUG kmalloc-64 (Not tainted): Object already free",
        "BUG hugetlbfs_inode_cache (Tainted: G    B  ): Poison overwritten",
        "list_add corruption. next->prev should be prev (ffff), but was 0000. (next=ffff).",
        "list_add double add: new=ffff, prev=ffff, next=ffff.",
        "list_del corruption, ffff->next is LIST_POISON1 (dead000000000100)",
        "[Right Redzone overwritten] 0x12-0x13 @offset=4. First byte 0x0 instead of 0xcc",
        "INFO: Allocated in f+0x1/0x2 age=6 cpu=0 pid=7",
        "Slab corruption (Not tainted): size-64 start=ffff, len=64",
        "slab error in verify_redzone_free(): cache `size-64': double free detected"),
    "use after free": ("VFS: Close: file count is 0",),
    "usercopy": ("usercopy: Kernel memory exposure attempt detected from SLUB object 'x'",),
    "overflow": (
        "memcpy: detected buffer overflow: 17 byte read of buffer size 16",
        "detected buffer overflow in strlen",
        "memcpy: detected field-spanning write (size 8) of single field \"x\" at y.c:1 (size 4)"),
    "refcount": (
        "refcount_t: underflow; use-after-free.", "refcount_t: saturated; leaking memory.",
        "refcount_t: addition on 0; use-after-free."),
    "object state": ("ODEBUG: free active (active state 0) object: ffff object type: work_struct",),
    "hugetlb pool": (
        "PID 77 killed due to inadequate hugepage pool",
        "hugetlb: Huge Page Reserved count may go negative.",
        "HugeTLB: vma_lock already exists in hugetlb_vm_op_open."),
    "poisoned memory": (
        "Memory failure: 0x1234: recovery action for huge page: Recovered",
        "MCE: Killing cow:77 due to hardware memory corruption fault at 7f0000000000",
        "soft offline: 0x1234: migration failed 1, type 1"),
    "out of memory": (
        "Out of memory: Killed process 7 (cow) total-vm:1kB",
        "Out of memory: Kill process 7 (cow) score 9 or sacrifice child",
        "Out of memory and no killable processes...",
        "Memory cgroup out of memory: Killed process 7 (cow) total-vm:1kB",
        "cow invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"),
    "fault without memory": (
        "Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF",),
    "busy inodes": ("VFS: Busy inodes after unmount of hugetlbfs (hugetlbfs)",),
    "device in use": ("unregister_netdevice: waiting for lo to become free. Usage count = 2",),
    "oops": (
        "divide error: 0000 [#1] PREEMPT SMP", "divide_error: 0000 [#1] SMP",
        "Oops: divide error: 0000 [#1] SMP NOPTI", "stack segment: 0000 [#1] SMP",
        "int3: 0000 [#1] SMP", "Oops: int3: 0000 [#1] SMP", "invalid opcode: 0000 [#1] SMP",
        "control protection fault: 0003 [#1] SMP",
        "Kernel stack overflow.", "alignment check: 0000 [#1] SMP",
        "stack guard page: 0000 [#1] PREEMPT SMP", "invalid TSS: 0000 [#2] SMP",
        "kernel stack overflow (double-fault): 0000 [#1] SMP",
        "general protection fault: 0000 [#1] SMP", "Missing ENDBR: f+0x1/0x2",
        "general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP",
        "Oops: general protection fault, kernel NULL pointer dereference 0x0: 0000 [#1] SMP",
        "Oops: 0002 [#1] SMP", "Oops [#1]", "Oops: Kernel access of bad area, sig: 11 [#1]",
        "illegal operation: 0001 ilc:1 [#1] SMP", "traps: PANIC: double fault, error_code: 0x0",
        "Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP",
        "Internal error: Oops - BUG: 00000000f2000800 [#1] SMP",
        "Unable to handle kernel paging request at virtual address ffff000012345678",
        "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000",
        "Unable to handle kernel pointer dereference in virtual kernel address space",
        "BUG: unable to handle page fault for address: ffffffffffffffd6",
        "BUG: unable to handle kernel NULL pointer dereference at (null)",
        "BUG: Unable to handle kernel data access at 0xc000", "CFI failure at f+0x1/0x2 (target: g",
        "kernel tried to execute NX-protected page - exploit attempt? (uid: 0)",
        "Bad mode in Synchronous Abort handler detected on CPU0, code 0x34000001 -- BTI",
        "SError Interrupt on CPU3, code 0x00000000be000011 -- SError",
        "Insufficient stack space to handle exception!",
        "Thread overran stack, or stack corrupted",
        "BUG: TASK stack guard page was hit at 0 (stack is 0..0)",
        "Fixing recursive fault but reboot is needed!",
        # arm, arm64, riscv, loongarch, mips, powerpc, s390, sparc, xtensa.
        "Unhandled prefetch abort: unknown 31 (0x01f) at 0xb6f12000",
        "Internal error: synchronous external abort: 0000000096000410 [#1] SMP",
        "Unhandled 64-bit el1h sync exception on CPU3, ESR 0x0000000002000000 -- Unknown",
        "Oops - illegal instruction [#1]", "Kernel BUG [#1]", "load access fault [#2]",
        "instruction address misaligned [#1]", "store (or AMO) access fault [#1]",
        "environment call from S-mode [#1]", "unknown exception [#1]",
        "Oops[#1]:", "Kernel ade access[#1]:", "do_fpu invoked from kernel context![#2]:",
        "Reserved instruction in kernel code[#1]:", "Kernel bug detected[#1]:",
        "CPU 1 Unable to handle kernel paging request at virtual address 0000000000000008, era ==",
        "Caught reserved exception 12 on pid:77 [cow] - should not happen",
        "Kernel attempted to read user page (8) - exploit attempt? (uid: 0)",
        "Unrecoverable exception 4100 at c000000000012345 (msr=9000)",
        "Unrecoverable FP Unavailable Exception 801 at c000000000012345",
        "Unrecoverable nested System Reset", "Unexpected TM Bad Thing exception at c000",
        "Facility 'TM' unavailable (5) exception in kernel mode at c000000000001234",
        "VMX/Altivec assist exception in kernel mode at c000", "do_IRQ: stack overflow: 1480",
        "addressing exception: 0005 ilc:3 [#1] PREEMPT SMP", "Unexpected fault flags: 00000040",
        "cow(77): Kernel bad trap [#1]", "x y(77): Unimplemented trap [#1]",
        "Unhandled kernel exception: sig: 11 [#1] PREEMPT"),
    "panic": (
        "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: f+0x1/0x2",
        "Kernel panic - not syncing: hung_task: blocked tasks",
        "---[ end Kernel panic - not syncing: x ]---"),
    "bug": (
        "BUG: kernel NULL pointer dereference, address: 0000000000000008",
        "kernel BUG at mm/hugetlb.c:1234!", "Kernel BUG at f+0x1 [verbose debug info unavailable]",
        "Unexpected gfp: 0x2 (__GFP_HIGHMEM). Fixing up to gfp: 0xcc0 (GFP_KERNEL). "
        "Fix your code!",
        "BUG at mm/hugetlb.c:1234 (1)", "BUG: spinlock bad magic on CPU#0, cow/77",
        "BUG: using smp_processor_id() in preemptible [00000000] code: cow/77",
        "BUG: Dentry ffff{i=1,n=x}  still in use (1) [unmount of tmpfs tmpfs]"),
    "machine check": (
        "mce: [Hardware Error]: Machine check events logged",
        "{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 0",
        "MCE: CPU3: machine check (Severe)  Host SLB Multihit DAR: deadbeef [Not recovered]",
        "Machine check in kernel mode.", "Severe Machine check interrupt [Not recovered]",
        "mcck: Terminating task because of machine malfunction (code 0x1234).",
        "Cache error exception:"),
    "warning": (
        "WARNING: CPU: 0 PID: 7 at mm/hugetlb.c:9 f+0x1/0x2", "WARNING: mm/hugetlb.c:9 at f+0x1",
        "WARNING: [folio_mapped(folio)] mm/hugetlb.c:9 at f+0x1/0x2, CPU#1: cow/77",
        "WARNING: CPU: 1 PID: 9 at f+0x1/0x2", "------------[ cut here ]------------",
        "WARNING: kernel stack frame pointer at ffff in cow:77 has bad value 0",
        "WARNING: can't access registers at f+0x1/0x2",
        "sysfs: cannot create duplicate filename '/kernel/mm/x'"),
    "counter below zero": ("vmstat_refresh: nr_hugetlb -1024",
                           "vmstat_refresh: nr_anon_transparent_hugepages -1"),
    "allocation failure": (
        "cow: page allocation failure: order:9, mode:0xcc0(GFP_KERNEL), nodemask=(null)",
        "kworker/u8:1: page allocation failure: order:0",
        "cow: page allocation stalls for 10010ms, order:0"),
    "kmemleak": ("kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",),
}

# What kernels print at boot and in operation although nothing is wrong.
QUIET = """\
rcu: RCU calculated value of scheduler-enlistment delay is 100 jiffies.
rcu: Hierarchical RCU implementation.
rcu: \tRCU CPU stall warnings timeout set to 120 (rcu_cpu_stall_timeout).
rcu: Adjusting geometry for rcu_fanout_leaf=16, nr_cpu_ids=2
NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.
watchdog: Delayed init of the lockup detector failed: -19
check: Scanning for low memory corruption every 60 seconds
kasan: KernelAddressSanitizer initialized (generic)
kfence: initialized - using 2097152 bytes for 255 objects at 0x1-0x2
kmemleak: Automatic memory scanning thread started
page_owner is disabled
page_owner tracks the page as allocated
page dumped because: unmovable page
page dumped because: isolation failed
page dumped because: migration failure
page: refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x1234
INFO: lockdep is turned off.
INFO: NMI handler (perf_event_nmi_handler) took too long to run: 3.3 msecs
perf: interrupt took too long (2501 > 2500), lowering kernel.perf_event_max_sample_rate
hrtimer: interrupt took 1234567 ns
sched: RT throttling activated
clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable
WARNING: Spectre v2 mitigation leaves CPU vulnerable to RETBleed attacks, data leaks possible!
WARNING: the mand mount option is being deprecated and will be removed in v5.15
WARNING: kernel not compiled with MITIGATION_SRSO.
Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on
workqueue: x_fn hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND
HugeTLB: registered 2.00 MiB page size, pre-allocated 0 pages
HugeTLB: allocating 100 of page size 2.00 MiB failed.  Only allocated 7 hugepages.
Soft offlining pfn 0x1234 at process virtual address 0x7f0000000000
Injecting memory failure for pfn 0x1234 at process virtual address 0x7f0000000000
Unpoison: Software-unpoisoned page 0x1234
oom_reaper: reaped process 7 (BUG: x), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
Adding 1048572k swap on /dev/zram0.  Priority:-2 extents:1 across:1048572k SS
cow (77): drop_caches: 3
cow (77) used greatest stack depth: 11000 bytes left
mmap: cow (77) uses deprecated remap_file_pages() syscall.
process 'x' started with executable stack
EXT4-fs (vda): mounted filesystem with ordered data mode
Kernel command line: oops=panic panic_on_warn=1 console=ttyS0
systemd[1]: Started Debugging
audit: type=1400 audit(1.2:3): apparmor="DENIED" comm="BUG: x"
vmstat_refresh: nr_dirtied -3
CPU: 1 UID: 0 PID: 7 Comm: BUG: x Not tainted 6.12.0 #1
task:BUG: x           state:D stack:0     pid:7     tgid:7     ppid:1
Modules linked in: BUG Oops
Showing all locks held in the system:
Call Trace:
fault-injection: Oops
""".split("\n")[:-1]

# The kernel's lines about a process, which may have any name.
ABOUT = (
    "%s[77]: segfault at 0 ip 0000 sp 0000 error 4 in cow[1000+1000] likely on CPU 1 (core 1)",
    "%s[77]: unhandled exception: DABT (lower EL), ESR 0x92000004, in cow[1000+1000]",
    "%s[77]: segfault (11) at 0 nip 0 lr 0 code 1 in cow[1000+1000]",
    "traps: %s[77] trap divide error ip:0 sp:0 error:0 in cow[1000+1000]",
    "traps: %s[77] general protection fault ip:0 sp:0 error:0 in cow[1000+1000]",
    "%s[77] general protection fault ip:0 sp:0 error:0", "%s[77] bad frame in rt_sigreturn frame:0",
    "%s[77] vsyscall attempted with vsyscall=none ip:0 cs:33 sp:0", "signal: %s[77] bad frame in x",
    "%s/77: potentially unexpected fatal signal 11.", "%s (77): drop_caches: 3",
    "%s (77) used greatest stack depth: 10000 bytes left", "mmap: %s (77): VmData 1 exceed data",
    "%s (77): Using mlock ulimits for SHM_HUGETLB is obsolete", "umip: %s[77] ip:0 sp:0: SGDT",
    "%s(77): Attempt to set a LOCK_MAND lock via flock(2).", "%s/77 is trying to acquire lock:",
    "%s: vmalloc error: size 4096, failed to allocate pages, mode:0x0", "process '%s' started",
    "CPU: 0 UID: 0 PID: 77 Comm: %s Not tainted 6.12.0 #1", "task:%s state:R  running task",
    "oom_reaper: reaped process 77 (%s), now anon-rss:0kB", "coredump: 77(%s): Unsafe core_pattern",
    "[     77]     0    77      655      256   0    256         0    45056        0      0 %s",
    "audit: type=1701 audit(1.2:3): pid=77 comm=\"%s\" exe=\"/x\" sig=11 res=1",
    "x86/split lock detection: #AC: %s/77 took a split_lock trap at address: 0x0",
    "Tainted: [W]=WARN, %s")
CALLED = ("BUG: x", "Oops: x", "kernel BUG at x", "KASAN: x", "UBSAN: x", "WARNING: CPU: 1",
          "INFO: task x", "refcount_t: x", "int3: 0 [#1]", "Out of memory: ", "[ BUG: x",
          "Kernel panic - ", "x: a: 0000 [#1]", "BUG at x:1", "list_add double", "BUG y (Tainted:",
          "dead [#1] A", "abcd [#1] ", "x [#1]", "x\nBUG: y", "\nOops: 1", "a\nb\nBUG: c",
          "a\nBUG: b\nc", "BUG: \\xff\\xfe\\xff\\xfe")


class Table(unittest.TestCase):
    """Lines as kernels print them."""

    def test_each_complaint_has_its_name(self) -> None:
        self.assertEqual([(line, name) for name, lines in LOUD.items() for line in lines],
                         [(line, complaint(line)) for lines in LOUD.values() for line in lines])

    def test_each_kind_is_in_this_test(self) -> None:
        from runner import complaints as table
        kinds = {name for name, _ in (*table._BESIDE_NAMES, *table._TABLE)}
        self.assertEqual(kinds, set(LOUD))

    def test_what_is_no_complaint(self) -> None:
        self.assertEqual([line for line in QUIET if complaint(line)], [])

    def test_a_complaint_begins_its_line(self) -> None:
        self.assertEqual([line for lines in LOUD.values() for line in lines
                          if complaint(f"cgroup: what is called {line}")], [])

    def test_each_report_is_announced(self) -> None:
        self.assertEqual([name for name, text in REPORTS.items()
                          if not complaints(text.split("\n"))], [])


class Names(unittest.TestCase):
    """A process may have any name, including line breaks."""

    @staticmethod
    def _complaints(record: str) -> List[Tuple[str, str]]:
        return complaints(lines_of(record))

    def test_a_name_is_no_complaint(self) -> None:
        wrong = []
        for about in ABOUT:
            for name in CALLED:
                # In a table of tasks, or at the end of a line, the end of a name cannot be
                # determined.
                if not ("\n" in name and about.endswith((" %s", ", %s"))):
                    wrong += self._complaints(about % name)
        self.assertEqual(wrong, [])

    def test_a_complaint_with_a_name_in_it_is_one(self) -> None:
        for about, kind in (("INFO: task %s:77 blocked for more than 120 seconds.", "hang"),
                            ("note: %s[77] exited with preempt_count 1", "atomic sleep"),
                            ("%s: page allocation failure: order:0", "allocation failure"),
                            ("%s invoked oom-killer: gfp_mask=0x0", "out of memory"),
                            ("%s: Corrupted page table at address 0", "bad table"),
                            ("BUG: Bad page state in process %s  pfn:1", "bad page state"),
                            ("WARNING: %s/77 still has locks held!", "lockdep"),
                            ("BUG: scheduling while atomic: %s/77/0x00000002", "atomic sleep")):
            found = {name: self._complaints(about % name) for name in
                     ("cow", "x y", "\\xff", *CALLED)
                     if not ("\n" in name and "process" in about)}
            self.assertEqual([(about, name) for name, said in found.items()
                              if [of for of, _ in said] != [kind]], [])

    def test_lines_printed_at_once_stay_lines(self) -> None:
        self.assertEqual(lines_of("one\nBUG: two\n three"), ["one", "BUG: two", " three"])
        self.assertEqual(lines_of("x\nBUG: y[7]: segfault at 0"), ["x?BUG: y[7]: segfault at 0"])
        self.assertEqual(lines_of("a\nBUG: b\nc[7]: segfault"), ["a?BUG: b?c[7]: segfault"])

    def test_a_complaint_behind_a_line_is_one(self) -> None:
        """A line may contain text that usually follows a name, if no name began in the line
        before."""
        for line, kind in (("INFO: task a:12 blocked for more than 120 seconds.", "hang"),
                           ("UBSAN: (y)", "ubsan"), ("UBSAN: 'y'", "ubsan"),
                           ("BUG a(3) (Not tainted): y", "slab corruption"),
                           ("mm/memory.c:445: bad pmd 0000", "bad table"),
                           ("note: a[3] exited with preempt_count 1", "atomic sleep"),
                           ("BUG: Bad page (x)", "bug"), ("BUG: KASAN: \"a\"", "kasan"),
                           ("swapper/0: page allocation failure: order:3", "allocation failure")):
            for before in ("warn", "x", "", "rcu: warn", "a\nb", "it has a long name"):
                with self.subTest(f"{before}: {line}"):
                    self.assertEqual([name for name, _ in self._complaints(f"{before}\n{line}")],
                                     [kind])


class Speakers(unittest.TestCase):
    """Lines of the kernel and lines of processes."""

    @staticmethod
    def _heard(*records: bytes) -> Words:
        words = Words()
        for record in records:
            line = kmsg.parse(record)
            assert line
            words.add(line)
        words.finish()
        return words

    def test_what_processes_write_is_not_the_kernels(self) -> None:
        # Facility 1, user; several lines in one write; a terminal that prints into the log.
        words = self._heard(b"12,1,1,-;Out of memory: x\n", b"8,2,1,-;a\\x0aBUG: x\n",
                            b"30,3,1,-;BUG: of a daemon\n", b"6,4,1,-;[U] BUG: x\n")
        self.assertEqual(words.log, [])
        self.assertEqual(words.processes, ["Out of memory: x", "a", "BUG: x",
                                           "BUG: of a daemon", "[U] BUG: x"])

    def test_a_piece_of_the_kernels_does_not_join_a_process(self) -> None:
        for flag in (b"c", b"+"):
            words = self._heard(b"12,1,1,-,caller=T7;BUG", b"4,2,1," + flag + b",caller=T7;: x")
            self.assertEqual((words.log, words.processes), ([": x"], ["BUG"]))
            words = self._heard(b"4,1,1,-,caller=T7;a", b"12,2,1," + flag + b",caller=T7;BUG: x")
            self.assertEqual((words.log, words.processes), (["a"], ["BUG: x"]))

    def test_a_console_that_tells_who_spoke(self) -> None:
        said = (b"<6>[    1.000000] booted\r\n<12>[    2.000000] BUG: x\r\n"
                b"<4>[    3.000000][   T77]  <TASK>\r\n<14>[    4.0][  C1] Out of memory: y\r\n"
                b"[    5.000000] an older kernel\r\nno stamp\r\n<1>[    6.000000] BUG: it\r\n")
        lines = console.lines_of(said)
        self.assertEqual(lines, ["booted", " <TASK>", "an older kernel", "no stamp", "BUG: it"])


class Cost(unittest.TestCase):
    """The log is read while programs run."""

    def _seconds(self, lines: List[str], expected: Optional[int] = None) -> float:
        began = time.process_time()
        found = complaints(lines)
        took = time.process_time() - began
        if expected is not None:
            self.assertEqual(len(found), expected)
        return took / (sum(map(len, lines)) + len(lines)) * 1e6

    def test_a_megabyte_takes_less_than_a_third_of_a_second(self) -> None:
        self.assertLess(self._seconds(QUIET * 300, 0), 0.3)
        self.assertLess(self._seconds(["BUG " * 250] * 1000, 0), 0.3)
        self.assertLess(self._seconds(["x" * 8000] * 120, 0), 0.3)
        self.assertLess(self._seconds(["page:" + "page: " * 1000] * 160, 0), 0.3)
        self.assertLess(self._seconds(["Watchdog " * 1000] * 120, 0), 0.3)
        self.assertLess(self._seconds([" dump_stack_lvl+0x57/0x70"] * 40000, 0), 0.3)

    def test_lines_of_long_records(self) -> None:
        for text in ("BUG: (a", "a[1]", "task a\nBUG: b:7 ", "(" * 14, "\\xff" * 15 + "'"):
            began = time.process_time()
            for _ in range(10):
                lines_of(f"{text}\n" * (8000 // len(text)))
            self.assertLess(time.process_time() - began, 2)


if __name__ == "__main__":
    support.main()
