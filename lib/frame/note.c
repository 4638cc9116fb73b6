// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a case reports besides its verdict: steps, observations, metrics, notes. */
#include "frame/engine.h"
#include "frame/internal.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

void hp_step(const char *what, ...)
{
	va_list args;

	if (!hp_self)
		return;
	va_start(args, what);
	vsnprintf(hp_self->step, sizeof(hp_self->step), what, args);
	va_end(args);
}

void hp_observed(const char *key, const char *value, ...)
{
	int slot = atomic_fetch_add(&hp_state->observed, 1);
	va_list args;

	if (slot >= HP_MAX_OBSERVED)
		return;
	snprintf(hp_state->observation[slot].key, sizeof(hp_state->observation[slot].key),
		 "%s", key);
	va_start(args, value);
	vsnprintf(hp_state->observation[slot].value,
		  sizeof(hp_state->observation[slot].value), value, args);
	va_end(args);
}

void hp_print_metric(const char *json)
{
	size_t room = HP_METRIC_BYTES - hp_state->metric_bytes;
	int size = snprintf(hp_state->metrics + hp_state->metric_bytes, room, "%s\n", json);

	hp_require((size_t)size < room, "more than %d bytes of metrics", HP_METRIC_BYTES);
	hp_state->metric_bytes += (size_t)size;
}

void hp_note(const char *text, ...)
{
	char line[512] = "# ";
	va_list args;
	size_t len;

	if (!hp_verbose)
		return;
	va_start(args, text);
	vsnprintf(line + 2, sizeof(line) - 3, text, args);
	va_end(args);
	len = strlen(line);
	line[len++] = '\n';
	/* One write, so that the lines of several processes do not mix. */
	if (write(STDOUT_FILENO, line, len) < 0)
		return;
}
