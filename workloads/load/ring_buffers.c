// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The latency of registering and unregistering an io_uring buffer, and of reading a file
 * into it, by kind of page.
 */
#include "hugeproof.h"
#include "load/load.h"

#define READ_BYTES (64 * 1024)

HP_CASES(registered, "latency of registering and unregistering an io_uring buffer",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = hp_load_memory(kind->memory);
	struct hp_histogram *pin = hp_histogram_new(), *unpin = hp_histogram_new();
	struct hp_ring *ring = hp_ring_open();
	struct hp_load_clock clock;

	hp_populate(kind->memory, area);
	clock = hp_load_clock_start(hp_load_seconds(), 10);
	while (hp_load_goes_on(&clock)) {
		int64_t began = hp_now_ns(), between, ended;

		hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
		between = hp_now_ns();
		hp_check_eq(hp_ring_unpin(ring), 0);
		ended = hp_now_ns();
		hp_histogram_add(pin, (uint64_t)(between - began));
		hp_histogram_add(unpin, (uint64_t)(ended - between));
	}
	hp_metric("register", "ns", HP_LOWER, pin);
	hp_metric("unregister", "ns", HP_LOWER, unpin);
	hp_ring_close(ring);
}

struct reading {
	struct hp_ring *ring;
	struct hp_area *area;
	int fd;
};

static void read_part(struct hp_load_worker *worker)
{
	const struct reading *reading = worker->arg;
	size_t at = hp_random_below(&worker->random, reading->area->size / READ_BYTES) *
		    READ_BYTES;

	hp_check_eq(hp_ring_read(reading->ring, reading->fd, reading->area->addr + at,
				 READ_BYTES, (off_t)at),
		    READ_BYTES);
}

HP_CASES(fixed_read, "latency of reading 64 kB of a file into a registered io_uring buffer",
	 hp_memory_kinds, kind)
{
	struct reading reading = {hp_ring_open(), hp_load_memory(kind->memory),
				  hp_nameless_file("/var/tmp", 0)};
	struct hp_load_result result;

	hp_populate(kind->memory, reading.area);
	hp_fill(reading.area, 'r');
	hp_check_eq(pwrite(reading.fd, reading.area->addr, reading.area->size, 0),
		    reading.area->size);
	hp_check_eq(hp_ring_pin(reading.ring, reading.area->addr, reading.area->size), 0);
	result = hp_load_run(&(struct hp_load){.seconds = hp_load_seconds(),
					       HP_LOAD_MORE_OPTIONS,
					       .arg = &reading,
					       .operate = read_part});
	hp_check_filled(reading.area, 'r');
	hp_metric_load("read", &result);
	hp_ring_close(reading.ring);
}

HP_PROGRAM(.summary = "latency of registered io_uring buffers, by kind of page",
	   .kind = HP_LOAD, .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "hugetlb:2"),
	   .params = HP_PARAMS({"size", "4M", "size of the buffer"}, HP_LOAD_MORE_PARAMS),
	   .sources = HP_SOURCES({"man", "io_uring_register(2)",
				  "IORING_REGISTER_BUFFERS"}))
