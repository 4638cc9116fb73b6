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

/**
 * DOC: Measure
 */

/**
 * hp_histogram_new() - make an empty histogram
 *
 * It lies in memory that processes forked later share, and may be filled by one thread of
 * any of them.
 *
 * Return: the histogram.
 * Undone: when the case ends.
 */
struct hp_histogram *hp_histogram_new(void);

/**
 * hp_histogram_add() - add a value
 * @histogram: the histogram
 * @value: a whole number, mostly ns; of 2^42 and more all share the last bucket
 */
void hp_histogram_add(struct hp_histogram *histogram, uint64_t value);

/**
 * hp_histogram_merge() - add all values of another histogram
 * @into: the histogram that grows
 * @from: the other
 */
void hp_histogram_merge(struct hp_histogram *into, const struct hp_histogram *from);

/**
 * hp_histogram_quantile() - the least value that a share of all values do not exceed
 * @histogram: the histogram
 * @q: the share, 0 to 1
 *
 * Return: the value, to three digits; 0: there is none.
 */
uint64_t hp_histogram_quantile(const struct hp_histogram *histogram, double q);

/* Buckets, and the least value that falls into one. */
#define HP_BUCKETS (32 * 1024 + 1024)

/**
 * hp_bucket_least() - the least value that falls into a bucket
 * @bucket: its number, below HP_BUCKETS
 *
 * Return: the value.
 */
uint64_t hp_bucket_least(size_t bucket);

#endif
