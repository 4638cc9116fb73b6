/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A chase: pointers through memory, each of which is known only when the one before has
 * been read, so that nothing of the processor's hides what a miss of the TLB costs.
 */
#ifndef HP_LOAD_CHASE_H
#define HP_LOAD_CHASE_H

#include "fixture/area.h"
#include "load/histogram.h"

/**
 * DOC: Measure
 */

/**
 * hp_chase() - follow pointers through an area
 * @area: the area; a pointer in each base page, at another line of it each
 *
 * In an order of chance, as HP_LOAD_ASKED says: each is known only when the one before has
 * been read, so that nothing hides what a miss of the TLB costs. The program has
 * HP_LOAD_PARAMS().
 *
 * Return: how long 1000 pointers took, ns.
 */
struct hp_histogram *hp_chase(const struct hp_area *area);

#endif
