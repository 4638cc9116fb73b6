// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Errors that only a sanitizer detects. Not a test: selftest/lib/test_sanitizers.py runs
 * its sanitized build, to check that sanitizer reports are noticed.
 */
#include "hugeproof.h"

#include <limits.h>
#include <stdlib.h>

HP_CASE(heap, "reads behind the end of a block")
{
	volatile size_t length = 16;
	volatile char *block = calloc(length, 1);

	hp_check(block[length] < 1000);
	free((void *)block);
}

static void overflows(void *arg)
{
	volatile int most = INT_MAX;

	hp_check(most + *(int *)arg != 0);
}

HP_CASE(integer, "a child adds beyond what an int holds")
{
	int one = 1;

	hp_wait_ok(hp_fork(overflows, &one));
}

HP_PROGRAM(.summary = "does what only a sanitizer notices",
	   .sources = HP_SOURCES({"selftest", "selftest/lib/test_sanitizers.py"}),
	   .seconds = 60)
