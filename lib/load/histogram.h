/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Histograms of whole numbers (mostly ns); adding a value takes a few instructions. There
 * is a bucket for each value below 2048, then 1024 buckets for each power of two, which
 * keeps three significant digits. Count, minimum and maximum are exact.
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
 * hp_histogram_new() - allocate an empty histogram
 *
 * It is in memory shared with processes forked later. Only one thread may add values at a
 * time.
 *
 * Return: the histogram.
 * Undone: when the case ends.
 */
struct hp_histogram *hp_histogram_new(void);

/**
 * hp_histogram_add() - add a value
 * @histogram: the histogram
 * @value: a whole number, mostly ns; values from 2^42 on share the last bucket
 */
void hp_histogram_add(struct hp_histogram *histogram, uint64_t value);

/**
 * hp_histogram_add_times() - add a value several times
 * @histogram: the histogram
 * @value: as for hp_histogram_add()
 * @times: how often
 */
void hp_histogram_add_times(struct hp_histogram *histogram, uint64_t value, uint64_t times);

/**
 * hp_histogram_clear() - remove all values
 * @histogram: the histogram
 */
void hp_histogram_clear(struct hp_histogram *histogram);

/**
 * hp_histogram_merge() - add all values of another histogram
 * @into: the histogram that gets the values
 * @from: the histogram whose values are added
 */
void hp_histogram_merge(struct hp_histogram *into, const struct hp_histogram *from);

/**
 * hp_histogram_quantile() - a quantile of the values
 * @histogram: the histogram
 * @q: the quantile, 0 to 1; 0.5 is the median
 *
 * Return: the quantile, to three digits; 0 if the histogram is empty.
 */
uint64_t hp_histogram_quantile(const struct hp_histogram *histogram, double q);

/* The number of buckets. */
#define HP_BUCKETS (32 * 1024 + 1024)

/**
 * hp_bucket_min() - the least value that falls into a bucket
 * @bucket: its number, below HP_BUCKETS
 *
 * Return: the value.
 */
uint64_t hp_bucket_min(size_t bucket);

#endif
