// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The speed of reading a file with O_DIRECT, which pins the memory's pages for the duration
 * of the read, by kind of page.
 */
#include "hugeproof.h"
#include "load/load.h"

#include <sys/vfs.h>

struct reading {
	int fd;
	struct hp_area *area;
};

static void read_all(struct hp_load_worker *worker)
{
	const struct reading *reading = worker->arg;

	hp_check_eq(pread(reading->fd, reading->area->addr, reading->area->size, 0),
		    reading->area->size);
}

HP_CASES(direct_read, "speed of O_DIRECT reads of a file into memory", hp_memory_kinds,
	 kind)
{
	const char *folder = hp_param("folder");
	struct reading reading = {hp_nameless_file(folder, O_DIRECT),
				  hp_load_memory(kind->memory)};
	struct hp_load_result result;
	struct statfs system;

	hp_populate(kind->memory, reading.area);
	hp_fill(reading.area, 'd');
	hp_check_eq(pwrite(reading.fd, reading.area->addr, reading.area->size, 0),
		    reading.area->size);
	hp_check_ok(fsync(reading.fd));
	hp_check_ok(fstatfs(reading.fd, &system));
	hp_observed("file system", "%#lx", (unsigned long)system.f_type);
	result = hp_load_run(
		&(struct hp_load){HP_LOAD_OPTIONS, .arg = &reading, .operate = read_all});
	hp_check_filled(reading.area, 'd');
	hp_metric_load("read", &result);
	hp_metric_value("bandwidth", "MB/s", HP_HIGHER,
			result.per_second * (double)reading.area->size / 1e6);
}

HP_PROGRAM(.summary = "speed of reading a file with O_DIRECT, by kind of page",
	   .kind = HP_LOAD, .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "hugetlb:2"),
	   .params = HP_LOAD_PARAMS({"size", "4M", "size of the file"},
				    {"folder", "/var/tmp",
				     "directory of the (unnamed) file"}),
	   .sources = HP_SOURCES({"doc", "Documentation/core-api/pin_user_pages.rst"}))
