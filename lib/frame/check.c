// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame/engine.h"
#include "frame/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

long hp_events_of_case(const char *name)
{
	struct hp_vmstat now;
	long before = hp_vmstat_count(&hp_state->events, name);

	if (before < 0 || hp_vmstat_read(&now))
		return 0;
	return hp_vmstat_count(&now, name) - before;
}

long hp_moved_by_kernel(void)
{
	struct hp_vmstat now;

	return hp_vmstat_read(&now)
		       ? 0
		       : now.moved_by_kernel - hp_state->events.moved_by_kernel;
}

_Noreturn void hp_moved_or_failed_at(const struct hp_where *where, const char *expected,
				     const char *got, ...)
{
	long moved = hp_moved_by_kernel();
	char text[1024];
	va_list args;

	va_start(args, got);
	vsnprintf(text, sizeof(text), got, args);
	va_end(args);
	if (!moved)
		hp_fail_at(where, expected, "%s", text);
	hp_disturbed_at(where,
			"expected %s, got %s, while compaction or NUMA balancing migrated "
			"%ld pages of this machine (compact_isolated, numa_pages_migrated)",
			expected, text, moved);
}

void hp_check_eq_at(const struct hp_where *where, intmax_t got, intmax_t expected)
{
	char text[32];

	if (got == expected)
		return;
	snprintf(text, sizeof(text), "%" PRIdMAX, expected);
	hp_fail_at(where, text, "%" PRIdMAX, got);
}

void hp_check_range_at(const struct hp_where *where, intmax_t got, intmax_t low,
		       intmax_t high)
{
	char text[80];

	if (got >= low && got <= high)
		return;
	snprintf(text, sizeof(text), "%" PRIdMAX " to %" PRIdMAX, low, high);
	hp_fail_at(where, text, "%" PRIdMAX, got);
}

void hp_check_ok_at(const struct hp_where *where, intptr_t result)
{
	if (result == -1)
		hp_fail_at(where, "success", "%s (%s)", strerrorname_np(errno),
			   strerror(errno));
}

void hp_check_errno_at(const struct hp_where *where, intptr_t result, int error)
{
	if (result == -1 && errno == error)
		return;
	if (result == -1)
		hp_fail_at(where, strerrorname_np(error), "%s", strerrorname_np(errno));
	hp_fail_at(where, strerrorname_np(error), "success (%#" PRIxPTR ")",
		   (uintptr_t)result);
}

void hp_poll_wait(const struct hp_where *where, int64_t deadline_ns, double seconds)
{
	const struct timespec moment = {.tv_nsec = 500 * 1000};
	char text[64];

	if (hp_now_ns() < deadline_ns) {
		nanosleep(&moment, NULL);
		return;
	}
	snprintf(text, sizeof(text), "true within %g s", hp_scaled_seconds(seconds));
	hp_fail_late_at(where, text, "still false");
}
