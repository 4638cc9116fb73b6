noinst_LIBRARIES += lib/libhugeproof.a
lib_libhugeproof_a_SOURCES = \
	lib/hugeproof.h \
	lib/kernel.h \
	lib/observe/hugetlb.c lib/observe/hugetlb.h \
	lib/observe/iomem.c lib/observe/iomem.h \
	lib/observe/memory_failure.c lib/observe/memory_failure.h \
	lib/observe/others.c lib/observe/others.h \
	lib/observe/pagemap.c lib/observe/pagemap.h \
	lib/observe/smaps.c lib/observe/smaps.h \
	lib/observe/text.c lib/observe/text.h \
	lib/observe/vmstat.c lib/observe/vmstat.h \
	lib/frame/attempt.c lib/frame/attempt.h \
	lib/frame/barrier.c \
	lib/frame/report.c \
	lib/frame/case.h \
	lib/frame/check.c lib/frame/check.h \
	lib/frame/clock.c \
	lib/frame/describe.c \
	lib/frame/disturbance.c \
	lib/frame/engine.h \
	lib/frame/guard.c lib/frame/guard.h \
	lib/frame/internal.h \
	lib/frame/journal.c \
	lib/frame/main.c \
	lib/frame/need.c \
	lib/frame/note.c \
	lib/frame/point.c \
	lib/frame/process.c lib/frame/process.h \
	lib/frame/random.h \
	lib/frame/source.c \
	lib/frame/tag.c \
	lib/frame/supervise.c \
	lib/frame/undo.c lib/frame/undo.h \
	lib/fixture/area.c lib/fixture/area.h \
	lib/fixture/balance.c lib/fixture/balance.h \
	lib/fixture/cgroup.c lib/fixture/cgroup.h \
	lib/fixture/code.c lib/fixture/code.h \
	lib/fixture/disk.c lib/fixture/disk.h \
	lib/fixture/faulting_thread.c lib/fixture/faulting_thread.h \
	lib/fixture/folio.c \
	lib/fixture/force.c lib/fixture/force.h \
	lib/fixture/futex.c lib/fixture/futex.h \
	lib/fixture/hmm.c lib/fixture/hmm.h \
	lib/fixture/khugepaged.c lib/fixture/khugepaged.h \
	lib/fixture/memory.c lib/fixture/memory.h \
	lib/fixture/memory_block.c lib/fixture/memory_block.h \
	lib/fixture/mount.c lib/fixture/mount.h \
	lib/fixture/node.c lib/fixture/node.h \
	lib/fixture/page_frame.c lib/fixture/page_frame.h \
	lib/fixture/page_table.c lib/fixture/page_table.h \
	lib/fixture/poison.c lib/fixture/poison.h \
	lib/fixture/poison_race.c lib/fixture/poison_race.h \
	lib/fixture/pool.c lib/fixture/pool.h \
	lib/fixture/reclaim.c lib/fixture/reclaim.h \
	lib/fixture/ring.c lib/fixture/ring.h \
	lib/fixture/rss.c lib/fixture/rss.h \
	lib/fixture/segment.c lib/fixture/segment.h \
	lib/fixture/setting.c lib/fixture/setting.h \
	lib/fixture/shmem.c lib/fixture/shmem.h \
	lib/fixture/sweep.c lib/fixture/sweep.h \
	lib/fixture/thp.c lib/fixture/thp.h \
	lib/fixture/thp_count.c \
	lib/fixture/uffd.c lib/fixture/uffd.h \
	lib/fixture/uffd_event.c \
	lib/fixture/uffd_memory.c \
	lib/fixture/uffd_pages.c \
	lib/fixture/variants.c lib/fixture/variants.h \
	lib/load/chase.c lib/load/chase.h \
	lib/load/folded.c \
	lib/load/histogram.c lib/load/histogram.h \
	lib/load/internal.h \
	lib/load/load.c lib/load/load.h \
	lib/load/metric.c \
	lib/load/open.c \
	lib/load/profile.c \
	lib/model/memory.c lib/model/memory.h \
	lib/model/pool.c lib/model/pool.h \
	lib/model/scenario.c lib/model/scenario.h \
	lib/model/transcript.c lib/model/transcript.h \
	lib/race/access.c \
	lib/race/act_access.c \
	lib/race/act_advise.c \
	lib/race/act_file.c \
	lib/race/act_hmm.c \
	lib/race/act_map.c \
	lib/race/act_place.c \
	lib/race/act_pin.c \
	lib/race/act_poison.c \
	lib/race/act_uffd.c \
	lib/race/actor.h \
	lib/race/actors.c \
	lib/race/workers.c \
	lib/race/internal.h \
	lib/race/shadow.c \
	lib/race/race.c lib/race/race.h \
	lib/race/record.c \
	lib/race/narrow.c \
	lib/race/series.c lib/race/series.h \
	lib/race/target.c \
	lib/race/operation.c
