/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers that are reproducible from a seed. */
#ifndef HP_FRAME_RANDOM_H
#define HP_FRAME_RANDOM_H

#include <stdint.h>

struct hp_random {
	uint64_t state;
};

/**
 * DOC: Make reproducible random choices
 */

/**
 * hp_random_stream() - begin a sequence of random numbers
 * @seed: hp_seed, which --seed sets
 * @stream: the number of the sequence, such as that of a thread
 *
 * Return: the sequence's state.
 */
static inline struct hp_random hp_random_stream(uint64_t seed, uint64_t stream)
{
	return (struct hp_random){seed ^ stream * 0xd1342543de82ef95u};
}

/**
 * hp_random_bits() - the next 64 random bits
 * @random: of hp_random_stream()
 *
 * Return: the bits, by splitmix64.
 */
static inline uint64_t hp_random_bits(struct hp_random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/**
 * hp_random_below() - the next random number of a range
 * @random: of hp_random_stream()
 * @n: the upper bound, exclusive
 *
 * Return: 0 to n - 1.
 */
static inline uint64_t hp_random_below(struct hp_random *random, uint64_t n)
{
	return hp_random_bits(random) % n;
}

#endif
