// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the time of a load goes: after its latencies have been measured, each worker
 * repeats the operation while its kernel stack is sampled, and once more while events are
 * counted. Source: perf_event_open(2)
 */
#include "frame/check.h"
#include "frame/engine.h"
#include "load/internal.h"
#include "observe/text.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Prime, so that operations of equal length are not sampled at the same places. */
#define PERIOD_NS     97003
#define PERIOD_CYCLES 250007
#define RING          ((size_t)2 << 20) /* bytes, a power of two */
/* Operations between two looks at the ring. */
#define SPANS 4096
/* Words of samples that one worker keeps: some 100,000 samples. */
#define ROOM ((size_t)2 << 20)
/* How often events are switched on and off to learn what that counts. */
#define SWITCHES 1000

static const struct {
	const char *name;
	unsigned int type;
	uint64_t config;
	const char *tracepoint[2]; /* those that the kernel has are added up */
} counters[HP_LOAD_COUNTERS] = {
	{"page faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, {NULL}},
	{"context switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, {NULL}},
	{"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, {NULL}},
	{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, {NULL}},
	{"TLB misses",
	 PERF_TYPE_HW_CACHE,
	 PERF_COUNT_HW_CACHE_DTLB | PERF_COUNT_HW_CACHE_OP_READ << 8 |
		 PERF_COUNT_HW_CACHE_RESULT_MISS << 16,
	 {NULL}},
	{"page allocations", PERF_TYPE_TRACEPOINT, 0, {"kmem/mm_page_alloc"}},
	{"page frees", PERF_TYPE_TRACEPOINT, 0, {"kmem/mm_page_free"}},
	{"lock contentions", PERF_TYPE_TRACEPOINT, 0, {"lock/contention_begin"}},
	{"TLB flushes", PERF_TYPE_TRACEPOINT, 0, {"tlb/tlb_flush"}},
	{"IPIs", PERF_TYPE_TRACEPOINT, 0, {"ipi/ipi_send_cpumask", "ipi/ipi_send_cpu"}},
};

const char *hp_load_counter(int nth)
{
	return counters[nth].name;
}

static int open_event(struct perf_event_attr *attr)
{
	attr->size = sizeof(*attr);
	attr->disabled = 1;
	attr->exclude_hv = 1;
	return (int)syscall(SYS_perf_event_open, attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/* The sampling of one worker. */
struct sampler {
	int fd;
	struct perf_event_mmap_page *ring;
	struct hp_load_samples *into;
	int spans;
	struct {
		int64_t began_ns, ended_ns;
	} span[SPANS];
};

/*
 * Where its interrupt cannot be disabled, as on x86, a counter of the processor knows where
 * the time goes while interrupts are disabled. The clock does not; guests and many machines
 * have only that.
 */
static int open_sampler(struct hp_load_samples *into)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN,
		.sample_period = PERIOD_CYCLES,
		.exclude_callchain_user = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	int fd = open_event(&attr);

	into->by_cycles = fd >= 0;
	if (fd >= 0)
		return fd;
	attr.type = PERF_TYPE_SOFTWARE;
	attr.config = PERF_COUNT_SW_CPU_CLOCK;
	attr.sample_period = PERIOD_NS;
	fd = open_event(&attr);
	into->error = fd < 0 ? errno : 0;
	return fd;
}

static bool start_sampler(struct sampler *sampler, struct hp_load_samples *into)
{
	size_t bytes = hp_base_size + RING;

	memset(sampler, 0, sizeof(*sampler));
	sampler->into = into;
	sampler->fd = open_sampler(into);
	if (sampler->fd < 0)
		return false;
	sampler->ring =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, sampler->fd, 0);
	if (sampler->ring != MAP_FAILED)
		return true;
	into->error = errno;
	into->no_ring = true;
	close(sampler->fd);
	return false;
}

/* True if a sample is of an operation, and not of what prepares one. */
static bool within(const struct sampler *sampler, int64_t when, int *span)
{
	while (*span < sampler->spans && sampler->span[*span].ended_ns < when)
		(*span)++;
	return *span < sampler->spans && sampler->span[*span].began_ns <= when;
}

/* A sample: the number of frames, and their addresses from the innermost one. */
static void keep(struct hp_load_samples *into, uint64_t ip, const uint64_t *chain,
		 uint64_t n, bool user)
{
	uint64_t *out = into->word + into->words;
	uint64_t kept = 0;

	if (into->words + n + 2 > ROOM) {
		into->lost++;
		return;
	}
	into->samples++;
	/* The address itself is the first of the chain where the chain has any. */
	for (uint64_t i = 0; i < n && !user; i++)
		if (chain[i] < PERF_CONTEXT_MAX)
			out[++kept] = chain[i];
	if (!kept)
		out[++kept] = user ? 0 : ip;
	out[0] = kept;
	into->words += kept + 1;
}

static void copy_out(const struct perf_event_mmap_page *ring, uint64_t at, void *to,
		     size_t bytes)
{
	const char *data = (const char *)ring + hp_base_size;

	for (size_t i = 0; i < bytes; i++)
		((char *)to)[i] = data[(at + i) & (RING - 1)];
}

/* Takes what is in the ring. */
static void drain(struct sampler *sampler)
{
	static _Thread_local uint64_t record[8192]; /* the size has 16 bits */
	struct perf_event_mmap_page *ring = sampler->ring;
	uint64_t head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->data_tail;
	int span = 0;

	while (tail < head) {
		struct perf_event_header header;

		copy_out(ring, tail, &header, sizeof(header));
		if (header.size < sizeof(header))
			break;
		copy_out(ring, tail, record, header.size);
		tail += header.size;
		/* After the header: the address and the time; or an id and a number. */
		if (header.type == PERF_RECORD_LOST)
			sampler->into->lost += record[2];
		/* perf_event_max_sample_rate: at least one. */
		if (header.type == PERF_RECORD_THROTTLE)
			sampler->into->lost++;
		if (header.type != PERF_RECORD_SAMPLE ||
		    !within(sampler, (int64_t)record[2], &span))
			continue;
		keep(sampler->into, record[1], record + 4, record[3],
		     (header.misc & PERF_RECORD_MISC_CPUMODE_MASK) ==
			     PERF_RECORD_MISC_USER);
	}
	__atomic_store_n(&ring->data_tail, head, __ATOMIC_RELEASE);
	sampler->spans = 0;
}

static bool is_filling(const struct sampler *sampler)
{
	const struct perf_event_mmap_page *ring = sampler->ring;

	return sampler->spans == SPANS ||
	       __atomic_load_n(&ring->data_head, __ATOMIC_RELAXED) - ring->data_tail >
		       RING / 2;
}

/* The time that this thread has been on a processor. */
static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void sample(struct slot *slot)
{
	static _Thread_local struct sampler sampler;
	const struct hp_load *load = slot->team->load;
	int64_t now = hp_now_ns(), end = now + (int64_t)(load->seconds * 1e9), on_cpu;

	if (!start_sampler(&sampler, slot->samples))
		return;
	ioctl(sampler.fd, PERF_EVENT_IOC_ENABLE, 0);
	for (long n = 0; load->operations ? n < load->operations : now < end; n++) {
		if (load->prepare)
			load->prepare(&slot->worker);
		if (is_filling(&sampler))
			drain(&sampler);
		on_cpu = cpu_ns();
		sampler.span[sampler.spans].began_ns = hp_now_ns();
		load->operate(&slot->worker);
		now = hp_now_ns();
		slot->samples->on_cpu_ns += cpu_ns() - on_cpu;
		slot->samples->took_ns += now - sampler.span[sampler.spans].began_ns;
		sampler.span[sampler.spans++].ended_ns = now;
		slot->samples->operations++;
	}
	ioctl(sampler.fd, PERF_EVENT_IOC_DISABLE, 0);
	drain(&sampler);
	munmap(sampler.ring, hp_base_size + RING);
	close(sampler.fd);
}

/*
 * Where tracefs is mounted; false if nowhere. It is not looked for below debugfs, where the
 * look itself would mount it.
 */
static bool find_tracefs(char *folder, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry = NULL;
	struct mntent one;
	char line[4096];

	if (!mounts)
		return false;
	do
		entry = getmntent_r(mounts, &one, line, sizeof(line));
	while (entry && strcmp(entry->mnt_type, "tracefs"));
	if (entry)
		snprintf(folder, size, "%s", entry->mnt_dir);
	endmntent(mounts);
	return entry;
}

static long tracepoint_id(const char *name)
{
	char folder[128], path[256];
	long id;

	if (!find_tracefs(folder, sizeof(folder)))
		return -1;
	snprintf(path, sizeof(path), "%s/events/%s/id", folder, name);
	return hp_read_long(path, &id) ? -1 : id;
}

static int open_counter(int nth, int which)
{
	struct perf_event_attr attr = {
		.type = counters[nth].type,
		.config = counters[nth].config,
		.read_format =
			PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	long id;

	if (attr.type != PERF_TYPE_TRACEPOINT)
		return which ? -1 : open_event(&attr);
	if (!counters[nth].tracepoint[which])
		return -1;
	id = tracepoint_id(counters[nth].tracepoint[which]);
	attr.config = (uint64_t)id;
	return id < 0 ? -1 : open_event(&attr);
}

static void count_on(bool on)
{
	prctl(on ? PR_TASK_PERF_EVENTS_ENABLE : PR_TASK_PERF_EVENTS_DISABLE, 0, 0, 0, 0);
}

/* Counting is interrupted while an operation is being prepared. */
static void repeat_counted(struct slot *slot)
{
	const struct hp_load *load = slot->team->load;
	int64_t now = hp_now_ns(), end = now + (int64_t)(load->seconds * 1e9 / 2);

	for (long n = 0; load->operations ? n < load->operations : now < end; n++) {
		if (load->prepare)
			load->prepare(&slot->worker);
		count_on(true);
		load->operate(&slot->worker);
		count_on(false);
		now = hp_now_ns();
		slot->samples->counted++;
	}
}

/*
 * What an event has counted; where several share a counter, what it would have in all of
 * the time. Negative if it has not been counted.
 */
static double read_counter(int fd)
{
	uint64_t got[3]; /* the count, the time that it was on, that it was counted */

	if (fd < 0 || read(fd, got, sizeof(got)) != sizeof(got) || !got[2])
		return -1;
	return (double)got[0] * (double)got[1] / (double)got[2];
}

/*
 * Switching the events on and off is counted too, by those that are switched on first: what
 * that alone counts is subtracted.
 */
static void count(struct slot *slot)
{
	int fd[HP_LOAD_COUNTERS][2];
	double alone[HP_LOAD_COUNTERS][2];

	for (int i = 0; i < HP_LOAD_COUNTERS; i++)
		for (int j = 0; j < 2; j++)
			fd[i][j] = open_counter(i, j);
	for (int n = 0; n < SWITCHES; n++) {
		count_on(true);
		count_on(false);
	}
	for (int i = 0; i < HP_LOAD_COUNTERS; i++)
		for (int j = 0; j < 2; j++)
			alone[i][j] = read_counter(fd[i][j]);
	repeat_counted(slot);
	for (int i = 0; i < HP_LOAD_COUNTERS; i++)
		for (int j = 0; j < 2; j++) {
			double value = read_counter(fd[i][j]),
			       each = alone[i][j] / SWITCHES;

			if (fd[i][j] >= 0)
				close(fd[i][j]);
			if (value < 0 || each < 0)
				continue;
			value -= each * (double)(SWITCHES + slot->samples->counted);
			slot->samples->has[i] = true;
			slot->samples->count[i] += value > 0 ? value : 0;
		}
}

void hp_load_explain(struct slot *slot)
{
	hp_meet(slot->team->start);
	sample(slot);
	hp_meet(slot->team->start);
	count(slot);
	hp_meet(slot->team->start);
}

struct hp_load_samples *hp_load_samples_new(void)
{
	struct hp_load_samples *samples =
		hp_shared(sizeof(*samples) + ROOM * sizeof(samples->word[0]));

	return samples;
}
