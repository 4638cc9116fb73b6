// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A barrier for processes and threads, which fails when no other one can reach it any more.
 */
#include "frame/engine.h"
#include "frame/internal.h"
#include "frame/process.h"
#include "observe/text.h"

#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct hp_barrier {
	_Atomic int arrived, generation;
	int n;
};

struct hp_barrier *hp_barrier_new(int n)
{
	struct hp_barrier *barrier = hp_shared(sizeof(*barrier));

	barrier->n = n;
	return barrier;
}

/* True when all threads of all live processes of the case are waiting. */
static bool all_waiting(void)
{
	int n = atomic_load(&hp_state->procs);

	/*
	 * A forked child may not have registered yet. The first process is the case itself.
	 */
	if (n < atomic_load(&hp_state->forked) + 1)
		return false;
	for (int i = 0; i < n && i < HP_MAX_PROCS; i++) {
		struct hp_proc *proc = &hp_state->proc[i];
		char path[64], text[1024], *p;
		char state;
		long threads = 0;

		snprintf(path, sizeof(path), "/proc/%d/stat", atomic_load(&proc->pid));
		if (hp_read_text(path, text, sizeof(text)) < 0)
			continue;
		p = strrchr(text, ')');
		/* Field 3 is the state, field 20 the number of threads. */
		if (!p || sscanf(p + 1,
				 " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
				 "%*d %*d %*d %*d %ld",
				 &state, &threads) != 2)
			continue;
		if (state == 'Z' || state == 'X')
			continue;
		/*
		 * A woken thread that does not run yet has not decremented its waiting
		 * count.
		 */
		if (state == 'R' && i != hp_self - hp_state->proc)
			return false;
		if (atomic_load(&proc->waiting) < threads)
			return false;
	}
	return true;
}

static void futex(_Atomic int *word, int op, int value, const struct timespec *timeout)
{
	syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

/*
 * Lists the processes of the case that a signal killed: "; process 5 was killed by SIGBUS
 * at 0x...".
 */
static void describe_killed(char *buf, size_t len)
{
	int n = atomic_load(&hp_state->procs);
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < n && i < HP_MAX_PROCS && used < len; i++)
		if (hp_state->proc[i].death.signo)
			used += (size_t)snprintf(
				buf + used, len - used,
				"; process %d was killed by SIG%s at %p", i,
				sigabbrev_np(hp_state->proc[i].death.signo),
				hp_state->proc[i].death.addr);
}

/* With all threads waiting and no progress for this long, it is a deadlock. */
#define STUCK_MS 300
#define LOOK_MS  20

static void wait_for_generation(struct hp_barrier *barrier, int generation)
{
	const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
	unsigned long progress = atomic_load(&hp_state->progress);
	int stuck_ms = 0;
	char killed[512];

	while (atomic_load(&barrier->generation) == generation) {
		futex(&barrier->generation, FUTEX_WAIT, generation, &look);
		/* Whoever has claimed the report may still be writing it. */
		if (atomic_load(&hp_state->claimed))
			hp_leave_after_other();
		if (!all_waiting() || atomic_load(&hp_state->progress) != progress)
			stuck_ms = 0;
		else
			stuck_ms += LOOK_MS;
		progress = atomic_load(&hp_state->progress);
		if (stuck_ms < STUCK_MS * hp_time_scale() ||
		    atomic_load(&barrier->generation) != generation)
			continue;
		describe_killed(killed, sizeof(killed));
		hp_fail_at(HP_HERE("hp_meet"), "everyone reaches the barrier",
			   "%d of %d arrived, and all other processes ended or wait%s",
			   atomic_load(&barrier->arrived), barrier->n, killed);
	}
}

void hp_meet(struct hp_barrier *barrier)
{
	int generation = atomic_load(&barrier->generation);

	if (atomic_fetch_add(&barrier->arrived, 1) + 1 == barrier->n) {
		atomic_store(&barrier->arrived, 0);
		atomic_fetch_add(&barrier->generation, 1);
		atomic_fetch_add(&hp_state->progress, 1);
		futex(&barrier->generation, FUTEX_WAKE, INT_MAX, NULL);
		return;
	}
	atomic_fetch_add(&hp_self->waiting, 1);
	wait_for_generation(barrier, generation);
	atomic_fetch_sub(&hp_self->waiting, 1);
}
