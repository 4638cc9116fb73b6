// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A program with one case for each way in which a program can fail. Not a test:
 * selftest/lib/test_frame.py runs it and checks how the frame reports it.
 */
#include "hugeproof.h"
#include "frame/engine.h"
#include "observe/others.h"

#include <pthread.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>

HP_CASE(passes, "is as it should be")
{
	int sum = 1 + 1;

	hp_check_eq(sum, 2);
}

HP_CASE(unequal, "an integer is not what was expected")
{
	int sum = 1 + 1;

	hp_step("adds one and one");
	hp_check_eq(sum, 3);
}

HP_CASE(wrong_errno, "a call fails in another way than expected")
{
	hp_check_errno(close(-1), EINVAL);
}

HP_CASE(no_errno, "a call succeeds that should have failed")
{
	hp_check_errno(getpid(), EINVAL);
}

HP_CASE(out_of_range, "an integer is outside its range")
{
	hp_check_range(5, 6, 7);
}

HP_CASE(never_true, "a condition stays false")
{
	hp_eventually(getpid() == 0, 0.05);
}

static void child_fails(void *arg)
{
	hp_step("the child checks");
	hp_check(arg != NULL);
}

HP_CASE(in_child, "a check fails in a child")
{
	hp_wait_ok(hp_fork(child_fails, NULL));
}

HP_CASE(in_block, "a check fails in the block of a child")
{
	struct hp_paused *child;
	int seven = 7;

	hp_in_child() {
		hp_check_eq(seven++, 7);
	}
	hp_check_eq(seven, 7);
	hp_paused_child(child) {
		seven += 2;
		hp_pause(child);
		hp_check_eq(seven, 8);
	}
	seven++;
	hp_check_eq(seven, 8);
	hp_resume_ok(child);
}

HP_CASE(leaves_block, "a child's block is left by return")
{
	hp_in_child() {
		return;
	}
}

static void *thread_fails(void *arg)
{
	hp_check_eq(*(int *)arg, 8);
	return NULL;
}

HP_CASE(in_thread, "a check fails in a thread")
{
	int seven = 7;
	pthread_t thread;

	hp_require(!pthread_create(&thread, NULL, thread_fails, &seven), "no thread");
	pthread_join(thread, NULL);
}

static __attribute__((noinline)) void write_there(void *arg)
{
	*(volatile char *)arg = 1;
}

HP_CASE(crashes, "its process is killed by SIGSEGV")
{
	hp_step("writes where nothing is");
	write_there((void *)16);
}

HP_CASE(child_killed, "its child is killed by SIGSEGV")
{
	hp_wait_ok(hp_fork(write_there, (void *)16));
}

HP_CASE(leaves, "it calls exit in the middle")
{
	exit(0);
}

HP_CASE(hangs, "it does not end")
{
	hp_step("waits for nothing");
	for (;;)
		pause();
}

static void dies_early(void *arg)
{
	raise(SIGKILL);
}

HP_CASE(peer_dies, "a process dies before the meeting that another waits for")
{
	struct hp_barrier *barrier = hp_barrier_new(2);

	hp_fork(dies_early, NULL);
	hp_meet(barrier);
}

static void waits_alone(void *barrier)
{
	hp_meet(barrier);
}

HP_CASE(deadlock, "parent waits for the child, the child for the parent")
{
	hp_wait_ok(hp_fork(waits_alone, hp_barrier_new(2)));
}

/* Longer than a process at a barrier sleeps before it looks whether the case is over. */
static void write_slowly(char *buf, size_t size)
{
	usleep(200000);
	snprintf(buf, size, "written slowly");
}

HP_CASE(slow_report,
	"a child's report takes long to write while the parent is at a barrier")
{
	struct hp_barrier *barrier = hp_barrier_new(2);

	hp_set_history_writer(write_slowly);
	hp_fork(child_fails, NULL);
	hp_meet(barrier);
}

static void stay(void *arg)
{
	for (;;)
		pause();
}

static void stay_elsewhere(void *arg)
{
	setsid();
	hp_fork(stay, NULL);
	_exit(0);
}

HP_CASE(leaves_processes, "children, and a grandchild in another session, are still there")
{
	hp_fork(stay, NULL);
	hp_wait(hp_fork(stay_elsewhere, NULL));
}

HP_CASE(bails, "the set-up fails")
{
	hp_require(false, "there is no %s", "luck");
}

HP_CASE(short_of_memory, "there is no memory of the size at any try")
{
	hp_short_of(64 * 1024, "wanted %d pages, got %d", 3, 2);
}

/* By line: how often a case asked whether this is its first try. All tries share it. */
static int *asked;

static __attribute__((constructor)) void share_what_was_asked(void)
{
	asked = mmap(NULL, 4096 * sizeof(*asked), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static bool first_try_at(int line)
{
	return asked[line]++ == 0;
}

#define first_try() first_try_at(__LINE__)

HP_CASE(short_once, "there is none at the first try")
{
	if (first_try())
		hp_short_of(0, "nothing to be had");
}

static void keep_a_processor_busy(void *arg)
{
	(void)arg;
	for (;;)
		;
}

HP_CASE(busy_itself, "a condition stays false while the case keeps all processors busy")
{
	/* More than there are: each of them waits for a processor most of the time. */
	for (long i = 4 * sysconf(_SC_NPROCESSORS_ONLN); i > 0; i--)
		hp_fork(keep_a_processor_busy, NULL);
	hp_eventually(false, 0.5);
}

HP_CASE(kept_waiting, "a condition stays false while a process has little of a processor")
{
	hp_fork(keep_a_processor_busy, NULL);
	hp_eventually(false, 0.5);
}

HP_CASE(late_again, "is at its limit in the first try, and kept waiting in the next one")
{
	if (first_try())
		hp_wait_ok(hp_fork(keep_a_processor_busy, NULL));
	hp_fork(keep_a_processor_busy, NULL);
	hp_eventually(false, 0.5);
}

HP_CASE(goes_on_slowly, "runs for a moment again and again, and does not end")
{
	for (;;) {
		int64_t until = hp_now_ns() + 1000000;

		while (hp_now_ns() < until)
			;
		usleep(20000);
	}
}

static void hang_for_ever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

HP_CASE(partner_hangs, "one process does not run, and another one waits for it")
{
	struct hp_barrier *barrier = hp_barrier_new(2);

	hp_fork(hang_for_ever, NULL);
	hp_meet(barrier);
}

HP_CASE(disturbed, "another process changes what it checks, at every try")
{
	hp_disturbed_at(HP_HERE("it"), "somebody moved it by %d", 3);
}

HP_CASE(disturbed_once, "another process changes what it checks, at the first try")
{
	if (first_try())
		hp_disturbed_at(HP_HERE("it"), "somebody moved it");
}

HP_CASE(shmem_split, "a page of shared memory is small, and compaction is at work")
{
	const size_t size = 64 * 1024;
	long fallbacks = hp_shmem_fallbacks(size);

	hp_eventually(!hp_write_text("/proc/sys/vm/compact_memory", "1") &&
			      hp_moved_by_kernel() > 0,
		      20);
	hp_short_of_shmem(size, 4096, fallbacks);
}

HP_CASE(never_unmoved, "a page frame differs without any migration")
{
	hp_check_unmoved(getpid() == 0);
}

HP_CASE(setting_changed, "another process changes a setting after it, and it fails")
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/khugepaged/"
				   "alloc_sleep_millisecs";
	bool first = first_try();

	hp_thp_setting("khugepaged/alloc_sleep_millisecs", "12345");
	if (first)
		hp_write_text(path, "54321");
	hp_check(!first);
}

/*
 * Not a way to fail: khugepaged, which a setting starts anew, sleeps when the call returns.
 * A thread that has just been started would be seen running, or waiting to run.
 */
HP_CASE(calm_is_kept, "khugepaged that is started again is at rest")
{
	hp_khugepaged_calm();
	if (!hp_process_named("khugepaged"))
		hp_skip_case("khugepaged is not to be seen");
	for (int i = 0; i < 20; i++) {
		hp_thp_size_setting(hp_pmd_size, "never");
		hp_thp_enabled("madvise");
		hp_check_eq(hp_process_state(hp_process_named("khugepaged")), 'S');
	}
}

HP_CASE(skips, "it finds out late that it cannot run")
{
	hp_skip_case("needs luck: %s", "wait");
}

HP_CASE(observes, "it records an observation")
{
	hp_observed("outcome", "number %d", 2);
}

/* Settings: a scratch file takes the place of one in sysfs. */
HP_CASE(changes_setting, "it changes a setting and is killed")
{
	hp_check_ok(hp_setting(hp_param("file"), "changed"));
	raise(SIGKILL);
}

HP_CASE(changes_and_hangs, "it changes a setting and does not end")
{
	hp_check_ok(hp_setting(hp_param("file"), "changed"));
	for (;;)
		pause();
}

HP_CASE(keeps_folder, "one of the things it made cannot be taken back")
{
	char path[128];

	hp_check_ok(hp_setting(hp_param("file"), "changed"));
	snprintf(path, sizeof(path), "%s.folder", hp_param("file"));
	hp_undo_rmdir(path);
	hp_check_ok(mkdir(path, 0700));
	strcat(path, "/inside");
	hp_check_ok(mkdir(path, 0700));
}

/* Rows of a table: each case gets its own row, and fails on its own. */
static const struct row {
	struct hp_variant variant;
	int number;
} rows[] = {
	{{"second", "two"}, 2},
	{{"first", "one"}, 1},
};

HP_PAIR_CASES(pair, "%s equals %s", rows, row, rows, column)
{
	hp_check_eq(row->number, column->number);
}

HP_CASES(row, "the number is two", rows, row)
{
	hp_check_eq(row->number, 2);
}

HP_NAMED_CASES(whole_names, rows, row)
{
	hp_check(row == &rows[row->number == 1]);
}

HP_PROGRAM(.summary = "does everything wrong",
	   .sources = HP_SOURCES({"selftest", "selftest/lib/test_frame.py"}),
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 1,
	   .params = HP_PARAMS({"file", "/nonexistent", "a setting"}))
