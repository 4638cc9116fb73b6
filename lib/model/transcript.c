// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/transcript.h"

#include "frame/case.h"
#include "frame/engine.h"
#include "frame/process.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char more[] = "; ...";

/* Shared by the processes of a scenario, which run one at a time. */
static struct transcript {
	size_t used;
	bool full;
	char text[4096];
} * transcript;

static void write_history(char *buf, size_t size)
{
	snprintf(buf, size, "%s", transcript->text);
}

void hp_transcript_begin(const char *flavour, const struct hp_model_pool *pool)
{
	if (!transcript)
		transcript = hp_shared(sizeof(*transcript));
	transcript->full = false;
	transcript->used = (size_t)snprintf(
		transcript->text, sizeof(transcript->text),
		"replay 1 %s %zu %ld %d %ld %ld %ld %ld", flavour, hp_page_size / 1024,
		pool->overcommit, pool->nodes, hp_model_total(pool), hp_model_free(pool),
		pool->rsvd, hp_model_surp(pool));
	hp_set_history_writer(write_history);
}

void hp_transcript_add(const char *format, ...)
{
	size_t room = sizeof(transcript->text) - sizeof(more) - transcript->used;
	char *end = transcript->text + transcript->used;
	char text[64];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	transcript->full |= (size_t)len + 2 > room;
	if (transcript->full)
		strcpy(end, more);
	else
		transcript->used += (size_t)sprintf(end, "; %s", text);
}

void hp_transcript_end(void)
{
	hp_set_history_writer(NULL);
}
