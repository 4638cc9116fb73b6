// SPDX-License-Identifier: LGPL-2.1-or-later
/* Samples of kernel stacks as a profile: each different stack, and how often it was seen.
 */
#include "frame/case.h"
#include "frame/check.h"
#include "load/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The most different stacks that are reported by themselves, and frames of one. */
#define MOST_STACKS 500
#define MOST_DEPTH  64
#define USER        "[user]"
#define UNKNOWN     "[unknown]"
/* Waited, or was preempted. */
#define OFF_CPU "[not running]"

/* A function of the kernel, from /proc/kallsyms. */
struct symbol {
	uint64_t address;
	char *name;
	int number; /* in the profile, from 1; 0: not in it yet */
};

struct symbols {
	struct symbol *symbol;
	size_t n, room;
};

/* A stack, as numbers of functions from the outermost one. */
struct stack {
	int depth, function[MOST_DEPTH];
	long times;
};

static int by_address(const void *one, const void *other)
{
	const struct symbol *a = one, *b = other;

	if (a->address != b->address)
		return a->address > b->address ? 1 : -1;
	/* Of several names the same one in each boot. */
	return strcmp(a->name, b->name);
}

static void add_symbol(struct symbols *all, uint64_t address, const char *name)
{
	if (all->n == all->room) {
		all->room = all->room ? 2 * all->room : 65536;
		all->symbol = realloc(all->symbol, all->room * sizeof(*all->symbol));
		hp_require(all->symbol, "no memory");
	}
	all->symbol[all->n] = (struct symbol){.address = address, .name = strdup(name)};
	hp_require(all->symbol[all->n].name, "no memory");
	all->n++;
}

/*
 * Parts of a function that the compiler has moved (.cold, .isra.0) are the function. All
 * addresses are zero for who may not see them (kptr_restrict).
 */
static bool read_symbols(struct symbols *all)
{
	FILE *in = fopen("/proc/kallsyms", "re");
	char line[512], kind, name[256];
	uint64_t address;

	if (!in)
		return false;
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%" SCNx64 " %c %255s", &address, &kind, name) != 3 ||
		    !address || !strchr("tTwW", kind))
			continue;
		name[strcspn(name, ".\"\\;")] = 0;
		add_symbol(all, address, *name ? name : UNKNOWN);
	}
	fclose(in);
	qsort(all->symbol, all->n, sizeof(*all->symbol), by_address);
	return all->n > 0;
}

static struct symbol *symbol_of(const struct symbols *all, uint64_t address)
{
	size_t low = 0, high = all->n;

	while (low + 1 < high) {
		size_t middle = (low + high) / 2;

		if (all->symbol[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return &all->symbol[low];
}

static int compare_stacks(const void *one, const void *other)
{
	const struct stack *a = one, *b = other;
	int depth = a->depth < b->depth ? a->depth : b->depth;
	int differs = memcmp(a->function, b->function, (size_t)depth * sizeof(int));

	return differs ? differs : a->depth - b->depth;
}

static int more_often(const void *one, const void *other)
{
	const struct stack *a = one, *b = other;

	return a->times != b->times ? (b->times > a->times) - (b->times < a->times)
				    : compare_stacks(one, other);
}

struct profile {
	struct symbols symbols;
	struct stack *stack;
	size_t stacks;
	const char **function; /* by number, from 1 */
	int functions;
};

static int number_of(struct profile *profile, uint64_t address)
{
	struct symbol *symbol = symbol_of(&profile->symbols, address);

	for (int i = 1; !symbol->number && i <= profile->functions; i++)
		if (!strcmp(profile->function[i], symbol->name))
			symbol->number = i;
	if (!symbol->number) {
		symbol->number = ++profile->functions;
		profile->function[symbol->number] = symbol->name;
	}
	return symbol->number;
}

/* A return address is behind the call, which may have been the last of its function. */
static void take_stack(struct profile *profile, const uint64_t *frame, uint64_t n)
{
	struct stack *stack = &profile->stack[profile->stacks++];

	*stack = (struct stack){.times = 1};
	for (uint64_t i = n < MOST_DEPTH ? n : MOST_DEPTH; i > 0; i--)
		stack->function[stack->depth++] =
			frame[i - 1] ? number_of(profile, frame[i - 1] - (i > 1)) : 0;
}

static void gather(struct profile *profile, const struct team *team, long samples)
{
	size_t kept = 0;

	profile->stack = calloc((size_t)samples + 1, sizeof(*profile->stack));
	profile->function = calloc(profile->symbols.n + 1, sizeof(*profile->function));
	hp_require(profile->stack && profile->function, "no memory");
	profile->function[0] = USER;
	for (int i = 0; i < team->workers; i++) {
		const struct hp_load_samples *from = team->slot[i].samples;

		for (size_t at = 0; at < from->words; at += from->word[at] + 1)
			take_stack(profile, from->word + at + 1, from->word[at]);
	}
	qsort(profile->stack, profile->stacks, sizeof(*profile->stack), compare_stacks);
	for (size_t i = 1; i < profile->stacks; i++) {
		if (compare_stacks(&profile->stack[kept], &profile->stack[i]))
			profile->stack[++kept] = profile->stack[i];
		else
			profile->stack[kept].times++;
	}
	profile->stacks = profile->stacks ? kept + 1 : 0;
	qsort(profile->stack, profile->stacks, sizeof(*profile->stack), more_often);
}

/*
 * Samples are taken of running threads only: what share of the samples stands for the time
 * in which they did not run.
 */
static long times_off_cpu(const struct team *team, long samples)
{
	double took = 0, on_cpu = 0;

	for (int i = 0; i < team->workers; i++) {
		took += (double)team->slot[i].samples->took_ns;
		on_cpu += (double)team->slot[i].samples->on_cpu_ns;
	}
	return on_cpu > 0 && took > on_cpu ? (long)((double)samples * (took / on_cpu - 1))
					   : 0;
}

static void print_stacks(FILE *out, const struct profile *profile, long off_cpu)
{
	long other = 0;

	fprintf(out, "\"functions\": [\"%s\"", profile->function[0]);
	for (int i = 1; i <= profile->functions; i++)
		fprintf(out, ", \"%s\"", profile->function[i]);
	fprintf(out, ", \"" OFF_CPU "\"], \"stacks\": [");
	if (off_cpu)
		fprintf(out, "\"%ld %d\"%s", off_cpu, profile->functions + 1,
			profile->stacks ? ", " : "");
	for (size_t i = 0; i < profile->stacks; i++) {
		const struct stack *stack = &profile->stack[i];

		if (i >= MOST_STACKS) {
			other += stack->times;
			continue;
		}
		fprintf(out, "%s\"%ld", i ? ", " : "", stack->times);
		for (int j = 0; j < stack->depth; j++)
			fprintf(out, " %d", stack->function[j]);
		fputc('"', out);
	}
	fprintf(out, "], \"other\": %ld", other);
}

static void print_counts(FILE *out, const struct team *team)
{
	const char *before = ", \"counters\": {", *end = "";
	char lacks[256] = "";
	double operations = 0;

	for (int i = 0; i < team->workers; i++)
		operations += (double)team->slot[i].samples->counted;
	for (int nth = 0; nth < HP_LOAD_COUNTERS && operations; nth++) {
		double sum = 0;
		bool has = true;

		for (int i = 0; i < team->workers; i++) {
			has &= team->slot[i].samples->has[nth];
			sum += team->slot[i].samples->count[nth];
		}
		if (!has) {
			size_t len = strlen(lacks);

			snprintf(lacks + len, sizeof(lacks) - len, "%s%s", len ? ", " : "",
				 hp_load_counter(nth));
			continue;
		}
		fprintf(out, "%s\"%s\": %.6g", before, hp_load_counter(nth),
			sum / operations);
		before = ", ";
		end = "}";
	}
	fputs(end, out);
	if (*lacks)
		hp_observed("not counted here", "%s", lacks);
}

static const char *why_none(const struct team *team, long samples, bool symbols)
{
	static char text[128];

	for (int i = 0; i < team->workers; i++)
		if (team->slot[i].samples->error) {
			snprintf(text, sizeof(text), "%s: %s",
				 team->slot[i].samples->no_ring
					 ? "mmap of a perf event (perf_event_mlock_kb)"
					 : "perf_event_open",
				 strerror(team->slot[i].samples->error));
			return text;
		}
	if (!symbols)
		return access("/proc/kallsyms", R_OK)
			       ? "there is no /proc/kallsyms"
			       : "/proc/kallsyms shows no addresses (kptr_restrict)";
	return samples ? NULL : "no sample was taken: measure for longer";
}

char *hp_load_folded(const struct team *team)
{
	struct profile profile = {.functions = 0};
	long samples = 0, operations = 0, lost = 0;
	const char *none;
	size_t size;
	char *text;
	FILE *out;

	for (int i = 0; i < team->workers; i++) {
		samples += team->slot[i].samples->samples;
		operations += team->slot[i].samples->operations;
		lost += (long)team->slot[i].samples->lost;
	}
	none = why_none(team, samples, read_symbols(&profile.symbols));
	if (none) {
		hp_observed("profile", "none: %s", none);
		return NULL;
	}
	gather(&profile, team, samples);
	out = open_memstream(&text, &size);
	hp_require(out, "no memory");
	fprintf(out,
		"{\"event\": \"%s\", \"operations\": %ld, \"samples\": %ld, "
		"\"lost\": %ld, ",
		team->slot[0].samples->by_cycles ? "cycles" : "cpu-clock", operations,
		samples, lost);
	print_stacks(out, &profile, times_off_cpu(team, samples));
	print_counts(out, team);
	fputc('}', out);
	hp_require(!fclose(out), "no memory");
	return text;
}
