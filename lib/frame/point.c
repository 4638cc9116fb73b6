// SPDX-License-Identifier: LGPL-2.1-or-later
/* Prints a TAP test point, with the counters and observations of its case as YAML. */
#include "frame/attempt.h"
#include "frame/engine.h"
#include "frame/internal.h"

#include <string.h>

static void read_pools(struct hp_counters *now)
{
	size_t sizes[HP_MAX_SIZES];

	now->sizes = hp_hugetlb_sizes(sizes);
	for (int i = 0; i < now->sizes; i++) {
		int error = hp_hugetlb_read(sizes[i], &now->pool[i]);

		if (error)
			hp_bail("cannot read the pool of %zu kB pages: %s", sizes[i] / 1024,
				strerror(-error));
	}
}

void hp_read_counters(struct hp_counters *now)
{
	read_pools(now);
	hp_vmstat_read(&now->events);
}

int hp_each_pool_change(const struct hp_counters *before, const struct hp_counters *after,
			void (*each)(const char *name, long was, long is, void *arg),
			void *arg)
{
	int changed = 0;

	for (int i = 0; i < after->sizes; i++) {
		const struct hp_hugetlb_counts *a = &before->pool[i], *b = &after->pool[i];
		char size[16], name[64];

#define COMPARE(was, is, ...)                                                              \
	if ((was) != (is)) {                                                               \
		changed++;                                                                 \
		snprintf(name, sizeof(name), __VA_ARGS__);                                 \
		if (each)                                                                  \
			each(name, was, is, arg);                                          \
	}
		hp_size_name(size, sizeof(size), b->page_size);
		COMPARE(a->total, b->total, "hugetlb.%s.total", size);
		COMPARE(a->free, b->free, "hugetlb.%s.free", size);
		COMPARE(a->rsvd, b->rsvd, "hugetlb.%s.rsvd", size);
		COMPARE(a->surp, b->surp, "hugetlb.%s.surp", size);
		for (int n = 0; n < b->nodes; n++) {
			COMPARE(a->node[n].total, b->node[n].total,
				"hugetlb.%s.node%d.total", size, n);
			COMPARE(a->node[n].free, b->node[n].free, "hugetlb.%s.node%d.free",
				size, n);
			COMPARE(a->node[n].surp, b->node[n].surp, "hugetlb.%s.node%d.surp",
				size, n);
		}
#undef COMPARE
	}
	return changed;
}

static void print_delta(const char *name, long was, long is, void *arg)
{
	int *printed = arg;

	printf("%s\"%s\": %ld", (*printed)++ ? ", " : "  counters: {", name, is - was);
}

static void print_counters(const struct hp_counters *before,
			   const struct hp_counters *after)
{
	int printed = 0;

	hp_each_pool_change(before, after, print_delta, &printed);
	for (int i = 0; i < after->events.n; i++) {
		const struct hp_event *event = &after->events.event[i];
		long was = hp_vmstat_count(&before->events, event->name);
		char name[64];

		if (was < 0 || was == event->count)
			continue;
		snprintf(name, sizeof(name), "vmstat.%s", event->name);
		print_delta(name, was, event->count, &printed);
	}
	if (printed)
		printf("}\n");
}

static void print_text(const char *key, const char *value)
{
	if (!value[0])
		return;
	printf("  %s: ", key);
	hp_print_quoted(stdout, value);
	putchar('\n');
}

static void print_observed(void)
{
	int n = atomic_load(&hp_state->observed);

	if (n > HP_MAX_OBSERVED)
		n = HP_MAX_OBSERVED;
	for (int i = 0; i < n; i++) {
		printf("%s", i ? ", " : "  observed: {");
		hp_print_quoted(stdout, hp_state->observation[i].key);
		printf(": ");
		hp_print_quoted(stdout, hp_state->observation[i].value);
	}
	if (n)
		printf("}\n");
}

/* All on one line, like every value. */
static void print_metrics(void)
{
	const char *comma = "  metrics: [";

	if (!hp_state->metric_bytes)
		return;
	for (char *save = NULL, *line = strtok_r(hp_state->metrics, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		printf("%s%s", comma, line);
		comma = ", ";
	}
	printf("]\n");
}

static void print_tries(const struct hp_attempts *tries)
{
	for (int i = 0; i < tries->n; i++) {
		printf("%s", i ? ", " : "  tries: [");
		hp_print_quoted(stdout, tries->why[i]);
	}
	if (tries->more)
		printf(", \"and %d tries more\"", tries->more);
	if (tries->n)
		printf("]\n");
}

void hp_print_point(int number, const struct hp_case *c, const struct hp_outcome *outcome,
		    const struct hp_counters *before, const struct hp_counters *after,
		    double duration_ms, const struct hp_attempts *tries)
{
	printf("%s %d - %s", outcome->kind ? "not ok" : "ok", number, c->name);
	if (outcome->skipped)
		printf(" # SKIP %s", outcome->got);
	printf("\n  ---\n  duration_ms: %.1f\n", duration_ms);
	print_counters(before, after);
	print_observed();
	print_metrics();
	print_tries(tries);
	print_text("changed_by_others", hp_state->foreign);
	print_text("lost", hp_state->lost);
	if (outcome->kind) {
		printf("  kind: %s\n", outcome->kind);
		print_text("at", hp_state->at);
		print_text("check", hp_state->check);
		print_text("expected", hp_state->expected);
		print_text("got", outcome->got);
		print_text("step", hp_state->step);
		print_text("history", hp_state->history);
		printf("  sources: ");
		hp_print_sources(stdout);
		putchar('\n');
		printf("  seed: %llu\n", (unsigned long long)hp_seed);
	}
	printf("  ...\n");
	fflush(stdout);
}
