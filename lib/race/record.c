// SPDX-License-Identifier: LGPL-2.1-or-later
/* Records the operations of actors: counts for the report, and the latest for a failure. */
#include "frame/case.h"
#include "race/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Operations that a failure reports. */
#define SHOWN 16

void hp_record_op(struct hp_worker *worker, const struct worker_op *op)
{
	worker->op[op->number % KEPT] = *op;
	if (op->result == HP_NOT_NOW) {
		worker->not_now++;
		return;
	}
	for (int i = 0; i < MAX_ERRNOS; i++) {
		if (worker->results[i].times && worker->results[i].error != op->result)
			continue;
		worker->results[i].error = op->result;
		worker->results[i].times++;
		break;
	}
	worker->ops++;
}

uint64_t hp_record_bits(size_t first, size_t pages)
{
	size_t n = hp_race_now->pages_per_huge, huge = first / n;
	size_t last = (first + pages - 1) / n;
	uint64_t bits = 0;

	if (last - huge >= 63)
		return UINT64_MAX;
	for (; huge <= last; huge++)
		bits |= UINT64_C(1) << huge % 64;
	return bits;
}

void hp_record_meetings(struct hp_worker *worker)
{
	const struct race *race = hp_race_now;
	uint64_t mine = atomic_exchange(&worker->in, 0);

	for (int w = 0; mine && w < race->workers; w++) {
		const struct hp_worker *other = &race->worker[w];

		/* After a fork, private memory at the same place is another page. */
		if (other->process != worker->process && !race->shared && !race->file)
			continue;
		if (other->in & mine)
			worker->met[w % race->actors]++;
	}
}

void hp_record_choice(struct hp_worker *worker, uint64_t choice)
{
	worker->choices = (worker->choices ^ choice) * UINT64_C(0x100000001b3);
}

/* The page whose operations a failure reports; -1: those on any page. */
static size_t blamed = -1;

void hp_record_blame(size_t page)
{
	blamed = page;
}

static const struct entry *blamed_entry;

void hp_record_writer(const struct entry *entry)
{
	blamed_entry = entry;
}

struct record {
	const struct hp_worker *worker;
	struct worker_op op;
};

static int by_end(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return x->op.ended_ns < y->op.ended_ns ? -1 : x->op.ended_ns > y->op.ended_ns;
}

/* Loads and stores are recorded in the shadow state instead. */
static bool touches(const struct hp_worker *worker, const struct worker_op *op)
{
	return op->pages && !worker->actor->contents &&
	       (blamed == (size_t)-1 ||
		(op->first <= blamed && blamed < op->first + op->pages));
}

static const char *result_name(int result)
{
	return result == HP_NOT_NOW ? "not now" : result ? strerrorname_np(result) : "ok";
}

void hp_record_history(char *buf, size_t size)
{
	static struct record records[MAX_WORKERS * KEPT];
	int64_t now = hp_now_ns();
	char where[32];
	size_t used;
	int n = 0;

	if (!hp_race_now)
		return;
	for (int w = 0; w < hp_race_now->workers; w++)
		for (int i = 0; i < KEPT; i++)
			if (touches(&hp_race_now->worker[w], &hp_race_now->worker[w].op[i]))
				records[n++] =
					(struct record){&hp_race_now->worker[w],
							hp_race_now->worker[w].op[i]};
	qsort(records, n, sizeof(*records), by_end);
	if (blamed == (size_t)-1)
		strcpy(where, "the target");
	else
		snprintf(where, sizeof(where), "page %zu", blamed);
	used = snprintf(buf, size, "%s, seed %" PRIu64 ", operations on %s:",
			hp_target_name(hp_race_now->kind), hp_seed, where);
	if (blamed_entry && blamed_entry->writer && used < size)
		used += snprintf(
			buf + used, size - used,
			" [%.3f ms ago: last written by %s of process %d]",
			(now - blamed_entry->written_ns) / 1e6,
			hp_race_now->worker[blamed_entry->writer - 1].actor->name,
			hp_race_now->worker[blamed_entry->writer - 1].process->number);
	for (int i = n > SHOWN ? n - SHOWN : 0; i < n && used < size; i++)
		used += snprintf(
			buf + used, size - used,
			" [%.3f to %.3f ms ago: %s of process %d, no. %ld, pages %u to %u: "
			"%s]",
			(now - records[i].op.began_ns) / 1e6,
			(now - records[i].op.ended_ns) / 1e6,
			records[i].worker->actor->name, records[i].worker->process->number,
			records[i].op.number, records[i].op.first,
			records[i].op.first + records[i].op.pages - 1,
			result_name(records[i].op.result));
	for (int w = 0; w < hp_race_now->workers && used < size; w++) {
		const struct hp_worker *worker = &hp_race_now->worker[w];
		int64_t began = worker->op_began_ns;

		if (began)
			used += snprintf(buf + used, size - used,
					 " [for %.3f ms: %s of process %d, no. %ld, pages "
					 "%u to %u]",
					 (now - began) / 1e6, worker->actor->name,
					 worker->process->number,
					 worker->ops + worker->not_now, worker->op_first,
					 worker->op_first + worker->op_pages - 1);
	}
}

bool hp_race_allowed_errno(const struct hp_actor *actor, int error)
{
	if (error == 0 || error == HP_NOT_NOW)
		return true;
	for (int i = 0; actor->errnos && actor->errnos[i]; i++)
		if (actor->errnos[i] == error)
			return true;
	return false;
}

/* One line for each actor, over all processes. */
static void report_actor(const struct race *race, int actor)
{
	struct {
		int error;
		long times;
	} sum[MAX_ERRNOS + 1] = {0};
	double seconds = (race->ended_ns - race->began_ns) / 1e9;
	long ops = 0, not_now = 0;
	char text[160], key[48];
	const char *name = race->actor[actor]->name;
	size_t used;
	int same = 0;

	for (int w = actor; w < race->workers; w += race->actors) {
		const struct hp_worker *worker = &race->worker[w];

		ops += worker->ops;
		not_now += worker->not_now;
		for (int i = 0; i < MAX_ERRNOS && worker->results[i].times; i++)
			for (int j = 0; j < MAX_ERRNOS; j++) {
				if (sum[j].times &&
				    sum[j].error != worker->results[i].error)
					continue;
				sum[j].error = worker->results[i].error;
				sum[j].times += worker->results[i].times;
				break;
			}
	}
	used = snprintf(text, sizeof(text), "%ld operations, %.0f/s:", ops, ops / seconds);
	for (int i = 0; i < MAX_ERRNOS && sum[i].times && used < sizeof(text); i++)
		used += snprintf(text + used, sizeof(text) - used, " %ld %s%s",
				 sum[i].times, result_name(sum[i].error),
				 sum[i + 1].times ? "," : "");
	if (not_now && used < sizeof(text))
		snprintf(text + used, sizeof(text) - used, " (%ld not now)", not_now);
	for (int i = 0; i < actor; i++)
		same += race->actor[i] == race->actor[actor];
	snprintf(key, sizeof(key), same ? "%s %d" : "%s", name, same + 1);
	hp_observed(key, "%s", text);
}

/* How often two actors met on a huge page, in all processes. */
static long meetings(const struct race *race, int a, int b)
{
	long met = 0;

	for (int w = 0; w < race->workers; w++) {
		if (w % race->actors == a)
			met += race->worker[w].met[b];
		if (w % race->actors == b && a != b)
			met += race->worker[w].met[a];
	}
	return met;
}

/*
 * For the runner: "fork+mbind 12, fork+write 3", as many as a line has room for. Actors of
 * the same name are apart here, and pairs that never met are left out.
 */
static void report_meetings(const struct race *race)
{
	char text[150] = "", one[80], key[32];
	int lines = 0;

	for (int pair = 0; pair <= race->actors * race->actors; pair++) {
		int a = pair / race->actors, b = pair % race->actors;
		bool last = a == race->actors;
		long met = last || b < a ? 0 : meetings(race, a, b);

		if (met)
			snprintf(one, sizeof(one), "%s+%s %ld", race->actor[a]->name,
				 race->actor[b]->name, met);
		if (text[0] &&
		    (last || (met && strlen(text) + strlen(one) + 3 > sizeof(text)))) {
			snprintf(key, sizeof(key), "overlap %d", ++lines);
			hp_observed(key, "%s", text);
			text[0] = '\0';
		}
		if (met)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 text[0] ? ", " : "", one);
	}
}

void hp_record_report(struct race *race)
{
	long reads = 0;
	uint64_t choices = 0;

	hp_observed("target", "%s", hp_target_name(race->kind));
	for (int actor = 0; actor < race->actors; actor++)
		report_actor(race, actor);
	report_meetings(race);
	for (int w = 0; w < race->workers; w++) {
		reads += race->worker[w].reads;
		choices = choices * UINT64_C(0x100000001b3) ^ race->worker[w].choices;
	}
	hp_observed("pages judged", "%ld, %.0f/s", reads,
		    reads / ((race->ended_ns - race->began_ns) / 1e9));
	hp_note("choices %016" PRIx64, choices);
}
