/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The transcript of a scenario: each system call and access with the outcome that the model
 * demands, and the counters expected after each. A case that fails has it as its "history",
 * from which `run_tests.py reproduce` writes a C program. doc/formats.md has the words.
 */
#ifndef HP_MODEL_TRANSCRIPT_H
#define HP_MODEL_TRANSCRIPT_H

#include "model/pool.h"

/**
 * hp_transcript_begin() - begin the transcript of a scenario
 * @flavour: of its mappings, the name in hp_scenario_kinds
 * @pool: as the scenario finds it
 *
 * Before the first fork: children add to the same transcript.
 */
void hp_transcript_begin(const char *flavour, const struct hp_model_pool *pool);

/**
 * hp_transcript_add() - add what is done next, or expected now
 * @format: and its arguments: a printf format
 *
 * What does not fit any more is left out, and the transcript ends on "...".
 */
void hp_transcript_add(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * hp_transcript_end() - the scenario is over, and what fails now is not its business
 */
void hp_transcript_end(void);

#endif
