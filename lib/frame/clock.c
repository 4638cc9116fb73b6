// SPDX-License-Identifier: LGPL-2.1-or-later
/* The clock, and time limits multiplied by HUGEPROOF_TIME_SCALE. */
#include "frame/check.h"
#include "frame/engine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

int64_t hp_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

double hp_time_scale(void)
{
	const char *text = getenv("HUGEPROOF_TIME_SCALE");
	double scale = text ? strtod(text, NULL) : 1;

	return scale >= 1 ? scale : 1;
}

double hp_scaled_seconds(double seconds)
{
	double most = seconds > HP_MOST_SECONDS ? seconds : HP_MOST_SECONDS;
	double scaled = seconds * hp_time_scale();

	return scaled < most ? scaled : most;
}

int64_t hp_deadline_ns(double seconds)
{
	return hp_now_ns() + (int64_t)(hp_scaled_seconds(seconds) * 1e9);
}
