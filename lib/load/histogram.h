/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Distributions of whole numbers (ns, mostly) that cost a few instructions a value: a
 * bucket for each number below 2048, then 1024 buckets for each power of two, so that
 * three digits are kept. Count, least and greatest are exact.
 */
#ifndef HP_LOAD_HISTOGRAM_H
#define HP_LOAD_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

struct hp_histogram {
	uint64_t count, least, greatest;
	double sum;
	uint64_t *bucket;
};

/*
 * An empty one. It lies in memory that the processes forked later share, and may be filled
 * by one thread of any of them. Ends with the case.
 */
struct hp_histogram *hp_histogram(void);

/* Adds a value. Values of 2^42 and more (73 minutes in ns) share the last bucket. */
void hp_histogram_add(struct hp_histogram *histogram, uint64_t value);

/* Adds all values of another. */
void hp_histogram_merge(struct hp_histogram *into, const struct hp_histogram *from);

/*
 * The least value that a share q (0 to 1) of all values do not exceed, to three digits; 0
 * when there is none.
 */
uint64_t hp_histogram_quantile(const struct hp_histogram *histogram, double q);

/* Buckets, and the least value that falls into one. */
#define HP_BUCKETS (32 * 1024 + 1024)
uint64_t hp_bucket_least(size_t bucket);

#endif
