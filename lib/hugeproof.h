/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What most programs need. The layers of lib/, each using only those below it:
 *
 *   fixture/  pools, mappings, processes, settings: what a test works with
 *   frame/    cases, checks, needs, TAP, the way back from every change
 *   observe/  the kernel's counters and maps, read and not judged
 *
 * The engines above them have headers of their own, to be included as well: race/race.h
 * (and race/series.h), load/load.h (and load/chase.h), model/scenario.h.
 */
#ifndef HUGEPROOF_H
#define HUGEPROOF_H

#include "fixture/area.h"
#include "fixture/balance.h"
#include "fixture/cgroup.h"
#include "fixture/code.h"
#include "fixture/disk.h"
#include "fixture/faulting_thread.h"
#include "fixture/force.h"
#include "fixture/futex.h"
#include "fixture/hmm.h"
#include "fixture/khugepaged.h"
#include "fixture/memory.h"
#include "fixture/memory_block.h"
#include "fixture/mount.h"
#include "fixture/node.h"
#include "fixture/page_frame.h"
#include "fixture/page_table.h"
#include "fixture/poison.h"
#include "fixture/poison_race.h"
#include "fixture/pool.h"
#include "fixture/reclaim.h"
#include "fixture/ring.h"
#include "fixture/rss.h"
#include "fixture/segment.h"
#include "fixture/setting.h"
#include "fixture/shmem.h"
#include "fixture/sweep.h"
#include "fixture/thp.h"
#include "fixture/uffd.h"
#include "fixture/variants.h"
#include "frame/case.h"
#include "frame/check.h"
#include "frame/guard.h"
#include "frame/process.h"
#include "frame/random.h"
#include "frame/undo.h"
#include "kernel.h"
#include "observe/hugetlb.h"
#include "observe/iomem.h"
#include "observe/memory_failure.h"
#include "observe/pagemap.h"
#include "observe/smaps.h"
#include "observe/text.h"
#include "observe/vmstat.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#endif
