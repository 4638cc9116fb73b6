// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame/check.h"
#include "frame/engine.h"
#include "load/load.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *direction(enum hp_better better)
{
	return better == HP_LOWER ? "lower" : "higher";
}

static const char *const dimensions[] = {"workers", "nodes", "mappings", "memory"};

/* Where on which curve this case measures. */
static struct {
	char name[128];
	bool known[HP_DIMENSIONS];
	double value[HP_DIMENSIONS];
} place;

void hp_load_at(enum hp_dimension dimension, double value)
{
	place.known[dimension] = true;
	place.value[dimension] = value;
}

void hp_load_curve(const char *name, const char *more)
{
	snprintf(place.name, sizeof(place.name), "%s%s", name, more);
}

static void print_place(FILE *out)
{
	const char *before = "\"at\": {";

	if (*place.name)
		fprintf(out, "\"curve\": \"%s\", ", place.name);
	for (int i = 0; i < HP_DIMENSIONS; i++) {
		if (!place.known[i])
			continue;
		fprintf(out, "%s\"%s\": %.12g", before, dimensions[i], place.value[i]);
		before = ", ";
	}
	if (*before == ',')
		fputs("}, ", out);
}

static FILE *begin(char **text, size_t *size, const char *name, const char *unit,
		   enum hp_better better)
{
	FILE *out = open_memstream(text, size);

	hp_require(out, "no memory");
	fprintf(out, "{\"name\": \"%s\", \"unit\": \"%s\", \"better\": \"%s\", ", name,
		unit, direction(better));
	print_place(out);
	return out;
}

static void end(FILE *out, char **text)
{
	fputc('}', out);
	hp_require(!fclose(out), "no memory");
	hp_print_metric(*text);
	free(*text);
}

static void print_distribution(FILE *out, const struct hp_histogram *values)
{
	const char *comma = "";
	size_t last = 0;

	fprintf(out,
		"\"count\": %" PRIu64 ", \"min\": %" PRIu64
		", \"mean\": %.1f, \"p50\": %" PRIu64 ", \"p90\": %" PRIu64
		", \"p99\": %" PRIu64 ", \"p999\": %" PRIu64 ", \"max\": %" PRIu64
		", \"histogram\": [",
		values->count, values->least,
		values->count ? values->sum / (double)values->count : 0,
		hp_histogram_quantile(values, 0.5), hp_histogram_quantile(values, 0.9),
		hp_histogram_quantile(values, 0.99), hp_histogram_quantile(values, 0.999),
		values->greatest);
	for (size_t i = 0; i < HP_BUCKETS; i++)
		if (values->bucket[i]) {
			/* Bucket numbers are differences, which are small. */
			fprintf(out, "%s%zu,%" PRIu64, comma, i - last, values->bucket[i]);
			comma = ",";
			last = i;
		}
	fputc(']', out);
}

void hp_metric(const char *name, const char *unit, enum hp_better better,
	       const struct hp_histogram *values)
{
	size_t size;
	char *text;
	FILE *out = begin(&text, &size, name, unit, better);

	print_distribution(out, values);
	end(out, &text);
}

static void print_step(const char *name, const struct hp_load_step *step)
{
	char full[128];
	size_t size;
	char *text;
	FILE *out;

	snprintf(full, sizeof(full), "%s_at_%.10g", name, step->rate);
	out = begin(&text, &size, full, "ns", HP_LOWER);
	fprintf(out,
		"\"rate\": %.10g, \"achieved\": %.6g, \"missed\": %ld, \"late\": "
		"{\"p50\": %" PRIu64 ", \"p99\": %" PRIu64 ", \"max\": %" PRIu64 "}, ",
		step->rate, step->achieved, step->missed,
		hp_histogram_quantile(step->late, 0.5),
		hp_histogram_quantile(step->late, 0.99), step->late->greatest);
	print_distribution(out, step->latency);
	end(out, &text);
}

void hp_metric_load(const char *name, const struct hp_load_result *result)
{
	size_t size;
	char *text;
	FILE *out = begin(&text, &size, name, "ns", HP_LOWER);

	if (result->profile)
		fprintf(out, "\"profile\": %s, ", result->profile);
	print_distribution(out, result->latency);
	end(out, &text);
	for (int i = 0; i < result->steps; i++)
		print_step(name, &result->step[i]);
}

void hp_metric_value(const char *name, const char *unit, enum hp_better better,
		     double value)
{
	size_t size;
	char *text;
	FILE *out = begin(&text, &size, name, unit, better);

	fprintf(out, "\"value\": %.6g", value);
	end(out, &text);
}

void hp_metric_bandwidth(const char *name, const struct hp_histogram *took, size_t bytes)
{
	if (took->count)
		hp_metric_value(name, "MB/s", HP_HIGHER,
				(double)bytes * (double)took->count * 1e3 / took->sum);
}
