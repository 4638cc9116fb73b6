/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The transcript of a scenario: each system call and access with the outcome that the model
 * expects, and the counters expected after it. It is the "history" of a case that fails,
 * from which `run_tests.py reproduce` writes a C program. doc/formats.md has the format.
 */
#ifndef HP_MODEL_TRANSCRIPT_H
#define HP_MODEL_TRANSCRIPT_H

#include "model/pool.h"

/**
 * hp_transcript_begin() - begin the transcript of a scenario
 * @flavour: the name of its mappings' kind, as in hp_scenario_kinds
 * @pool: the pool at its beginning
 *
 * Call it before the first fork, so that children add to the same transcript.
 */
void hp_transcript_begin(const char *flavour, const struct hp_model_pool *pool);

/**
 * hp_transcript_add() - add an operation, or expected counters
 * @format: a printf format, followed by its arguments
 *
 * If the transcript is full, the rest is left out and it ends with "...".
 */
void hp_transcript_add(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * hp_transcript_end() - end the transcript; later failures do not report it
 */
void hp_transcript_end(void);

#endif
