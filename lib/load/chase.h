/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pointer chasing: each load depends on the one before, so that neither prefetching nor
 * out-of-order execution hides the cost of TLB misses.
 */
#ifndef HP_LOAD_CHASE_H
#define HP_LOAD_CHASE_H

#include "fixture/area.h"
#include "load/load.h"

/**
 * DOC: Measure
 */

/**
 * hp_chase() - measure pointer chasing through an area
 * @area: the area; each base page gets a pointer, at varying cache lines
 *
 * The order is random, and each load depends on the one before, so that the cost of TLB
 * misses is not hidden. Runs as the parameters ask for (HP_LOAD_OPTIONS), so the program
 * must declare HP_LOAD_PARAMS().
 *
 * Return: that of hp_load_run(), whose operation is to follow 1000 pointers.
 */
struct hp_load_result hp_chase(const struct hp_area *area);

#endif
