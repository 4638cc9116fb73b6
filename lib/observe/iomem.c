// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/iomem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int hp_iomem_read(const char *name, struct hp_iomem *ranges, int most)
{
	FILE *file = fopen("/proc/iomem", "re");
	struct hp_iomem range;
	char line[256];
	int n = 0;

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (!strstr(line, name) ||
		    sscanf(line, " %" SCNx64 "-%" SCNx64, &range.first, &range.last) != 2)
			continue;
		if (n < most)
			ranges[n] = range;
		n++;
	}
	fclose(file);
	return n;
}
