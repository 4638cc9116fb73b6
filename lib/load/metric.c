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

static FILE *begin(char **text, size_t *size, const char *name, const char *unit,
		   enum hp_better better)
{
	FILE *out = open_memstream(text, size);

	hp_require(out, "no memory");
	fprintf(out, "{\"name\": \"%s\", \"unit\": \"%s\", \"better\": \"%s\", ", name,
		unit, direction(better));
	return out;
}

static void end(FILE *out, char **text)
{
	fputc('}', out);
	hp_require(!fclose(out), "no memory");
	hp_print_metric(*text);
	free(*text);
}

void hp_metric(const char *name, const char *unit, enum hp_better better,
	       const struct hp_histogram *values)
{
	size_t size, last = 0;
	const char *comma = "";
	char *text;
	FILE *out = begin(&text, &size, name, unit, better);

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
	end(out, &text);
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
