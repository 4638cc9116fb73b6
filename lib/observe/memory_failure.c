// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/memory_failure.h"
#include "observe/text.h"

#include <errno.h>
#include <fcntl.h>
#include <numa.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int hp_memory_failures_read(struct hp_memory_failure_counts *now)
{
	static const char *const names[] = {"total", "recovered", "ignored", "failed",
					    "delayed"};
	long *const counts[] = {&now->total, &now->recovered, &now->ignored, &now->failed,
				&now->delayed};
	char text[8192], path[128];
	ssize_t got = hp_read_text("/proc/meminfo", text, sizeof(text));

	memset(now, 0, sizeof(*now));
	if (got < 0)
		return (int)got;
	now->corrupted_kb = hp_field(text, "HardwareCorrupted");
	if (now->corrupted_kb < 0)
		return -ENOENT;
	for (int node = 0; node <= (numa_available() < 0 ? 0 : numa_max_node()); node++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			long count = 0;

			snprintf(path, sizeof(path),
				 "/sys/devices/system/node/node%d/memory_failure/%s", node,
				 names[i]);
			now->has_events |= !hp_read_long(path, &count);
			*counts[i] += count;
		}
	}
	return 0;
}

int hp_kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

bool hp_kmsg_next(int fd, char *line, size_t size)
{
	char record[8192], *text;
	ssize_t got;

	do {
		got = read(fd, record, sizeof(record) - 1);
		/* EPIPE: records were overwritten before we read them. */
	} while (got < 0 && (errno == EINTR || errno == EPIPE));
	if (got <= 0)
		return false;
	record[got] = '\0';
	text = strchr(record, ';');
	text = text ? text + 1 : record;
	text[strcspn(text, "\n")] = '\0';
	snprintf(line, size, "%s", text);
	return true;
}
