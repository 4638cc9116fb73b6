// SPDX-License-Identifier: LGPL-2.1-or-later
#include "load/histogram.h"
#include "frame/process.h"

#include <string.h>

/* The first 2^11 values have a bucket each; each further power of two has half as many. */
#define OWN_BITS 11
#define HALF     (1U << (OWN_BITS - 1))

static size_t bucket_of(uint64_t value)
{
	unsigned int doublings;
	size_t bucket;

	if (value < 2 * HALF)
		return value;
	doublings = 64 - OWN_BITS - (unsigned int)__builtin_clzll(value);
	bucket = (size_t)doublings * HALF + (value >> doublings);
	return bucket < HP_BUCKETS ? bucket : HP_BUCKETS - 1;
}

uint64_t hp_bucket_min(size_t bucket)
{
	size_t doublings;

	if (bucket < 2 * HALF)
		return bucket;
	doublings = bucket / HALF - 1;
	return (uint64_t)(bucket - doublings * HALF) << doublings;
}

struct hp_histogram *hp_histogram_new(void)
{
	struct hp_histogram *histogram =
		hp_shared(sizeof(*histogram) + HP_BUCKETS * sizeof(uint64_t));

	histogram->bucket = (uint64_t *)(histogram + 1);
	return histogram;
}

void hp_histogram_add_times(struct hp_histogram *histogram, uint64_t value, uint64_t times)
{
	if (!times)
		return;
	if (!histogram->count || value < histogram->least)
		histogram->least = value;
	if (value > histogram->greatest)
		histogram->greatest = value;
	histogram->count += times;
	histogram->sum += (double)value * (double)times;
	histogram->bucket[bucket_of(value)] += times;
}

void hp_histogram_add(struct hp_histogram *histogram, uint64_t value)
{
	hp_histogram_add_times(histogram, value, 1);
}

void hp_histogram_clear(struct hp_histogram *histogram)
{
	uint64_t *bucket = histogram->bucket;

	memset(bucket, 0, HP_BUCKETS * sizeof(*bucket));
	*histogram = (struct hp_histogram){.bucket = bucket};
}

void hp_histogram_merge(struct hp_histogram *into, const struct hp_histogram *from)
{
	if (!from->count)
		return;
	if (!into->count || from->least < into->least)
		into->least = from->least;
	if (from->greatest > into->greatest)
		into->greatest = from->greatest;
	into->count += from->count;
	into->sum += from->sum;
	for (size_t i = 0; i < HP_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
}

uint64_t hp_histogram_quantile(const struct hp_histogram *histogram, double q)
{
	double share = q * (double)histogram->count;
	uint64_t wanted = (uint64_t)share, seen = 0;

	wanted += (double)wanted < share;
	if (!histogram->count)
		return 0;
	if (wanted >= histogram->count)
		return histogram->greatest;
	for (size_t i = 0; i < HP_BUCKETS; i++) {
		seen += histogram->bucket[i];
		if (seen && seen >= wanted)
			return hp_bucket_min(i) > histogram->least ? hp_bucket_min(i)
								   : histogram->least;
	}
	return histogram->greatest;
}
