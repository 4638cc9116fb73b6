# SPDX-License-Identifier: LGPL-2.1-or-later
"""What kernels print when something is wrong."""
from __future__ import annotations

KASAN = """\
==================================================================
BUG: KASAN: slab-use-after-free in hugetlb_vma_lock_release+0x8e/0xa0
Read of size 8 at addr ffff888104d3a5c8 by task private_cow/1187

CPU: 1 UID: 0 PID: 1187 Comm: private_cow Not tainted 6.12.0-lab #1 PREEMPT(voluntary)
Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014
Call Trace:
 <TASK>
 dump_stack_lvl+0x57/0x70
 print_report+0xcd/0x620
 kasan_report+0xce/0x100
 hugetlb_vma_lock_release+0x8e/0xa0
 exit_mmap+0x25b/0x5c0
 do_exit+0x5a4/0x1230
 do_syscall_64+0x5d/0x170
 entry_SYSCALL_64_after_hwframe+0x76/0x7e
RIP: 0033:0x7f1c6f8d2a3d
Code: Unable to access opcode bytes at 0x7f1c6f8d2a13.
RSP: 002b:00007ffc1d1b6c38 EFLAGS: 00000246 ORIG_RAX: 00000000000000e7
 </TASK>

Allocated by task 1187:
 kasan_save_stack+0x24/0x50
 __kasan_kmalloc+0x7f/0x90
 hugetlb_vma_lock_alloc+0x6c/0x120

Freed by task 1187:
 kasan_save_stack+0x24/0x50
 kfree+0xf3/0x3b0

The buggy address belongs to the object at ffff888104d3a5c0
 which belongs to the cache kmalloc-64 of size 64
The buggy address is located 8 bytes inside of
 freed 64-byte region [ffff888104d3a5c0, ffff888104d3a600)

Memory state around the buggy address:
 ffff888104d3a480: fc fc fc fc fc fc fc fc fc fc fc fc fc fc fc fc
>ffff888104d3a580: fc fc fc fc fc fc fc fc fa fb fb fb fb fb fb fb
                                              ^
==================================================================
Disabling lock debugging due to kernel taint
"""

FOLIO = """\
page: refcount:2 mapcount:1 mapping:0000000000000000 index:0x7f2cc0000 pfn:0x140000
head: order:9 mapcount:1 entire_mapcount:1 nr_pages_mapped:0 pincount:0
memcg:ffff888101a3c000
anon flags: 0x17ffffc0020869(locked|uptodate|dirty|head|swapbacked|node=0|zone=2)
raw: 0017ffffc0020869 dead000000000100 dead000000000122 ffff8881047f2b11
raw: 00000007f2cc0000 0000000000000000 0000000200000000 ffff888101a3c000
page dumped because: VM_WARN_ON_FOLIO(!folio_test_locked(folio))
------------[ cut here ]------------
WARNING: CPU: 0 PID: 912 at mm/huge_memory.c:3412 __folio_split+0x6d1/0x7f0
Modules linked in:
CPU: 0 UID: 0 PID: 912 Comm: race_split Not tainted 6.12.0-lab #1
RIP: 0010:__folio_split+0x6d1/0x7f0
Code: ff ff 48 c7 c6 b8 1e 4a 82 48 89 df e8 a9 6a f8 ff <0f> 0b e9 2f fb ff ff
RSP: 0018:ffffc90000d2fb60 EFLAGS: 00010246
RAX: 0000000000000043 RBX: ffffea0005000000 RCX: 0000000000000000
Call Trace:
 <TASK>
 ? __warn.cold+0x93/0xfa
 split_huge_page_to_list_to_order+0x62/0x90
 split_huge_pages_write+0x3c1/0x6b0
 </TASK>
---[ end trace 0000000000000000 ]---
"""

BACKTRACE = """\
NMI backtrace for cpu {cpu}
CPU: {cpu} UID: 0 PID: {pid} Comm: collapse Tainted: G             L      6.12.0-lab #1
Tainted: [L]=SOFTLOCKUP
RIP: 0010:smp_call_function_many_cond+0x12d/0x4e0
Call Trace:
 <TASK>
""" + "".join(f" level_{n}+0x{n:x}/0x400\n" for n in range(40)) + " </TASK>\n"
LOCKUP = """\
watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [collapse:733]
Modules linked in:
irq event stamp: 1204
CPU: 1 UID: 0 PID: 733 Comm: collapse Not tainted 6.12.0-lab #1
RIP: 0010:smp_call_function_many_cond+0x12d/0x4e0
Call Trace:
 <TASK>
 flush_tlb_mm_range+0x1c5/0x2c0
 </TASK>
Sending NMI from CPU 1 to CPUs 0,2-63:
""" + "".join(BACKTRACE.format(cpu=n, pid=700 + n) for n in range(64) if n != 1)

HUNG = """\
INFO: task migrate:1402 blocked for more than 120 seconds.
      Not tainted 6.12.0-lab #1
"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
task:migrate         state:D stack:13320 pid:1402  tgid:1402  ppid:1399   flags:0x00004002
Call Trace:
 <TASK>
 __schedule+0x3b1/0x9c0
 folio_wait_bit_common+0x137/0x340
 migrate_pages_batch+0x5cf/0xd80
 </TASK>

Showing all locks held in the system:
1 lock held by khungtaskd/27:
 #0: ffffffff82b5f9a0 (rcu_read_lock){....}-{1:3}, at: debug_show_all_locks+0x32/0x1c0
"""

OOPS = """\
BUG: unable to handle page fault for address: ffffffffffffffd6
#PF: supervisor read access in kernel mode
#PF: error_code(0x0000) - not-present page
PGD 2a2a067 P4D 2a2a067 PUD 2a2c067 PMD 0\x20
Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI
CPU: 1 UID: 0 PID: 310 Comm: cow Not tainted 6.12.0-lab #1
RIP: 0010:do_something+0x17/0x30
Call Trace:
 <TASK>
 ? __die+0x1f/0x70
 hugetlb_fault+0x8a2/0xc40
 </TASK>
---[ end trace 0000000000000000 ]---
"""

REPORTS = {"kasan": KASAN, "folio": FOLIO, "soft lockup": LOCKUP, "hung task": HUNG, "oops": OOPS}
