/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A chase: pointers through memory, each of which is known only when the one before has
 * been read, so that nothing of the processor's hides what a miss of the TLB costs.
 */
#ifndef HP_LOAD_CHASE_H
#define HP_LOAD_CHASE_H

#include "fixture/area.h"
#include "load/histogram.h"

/*
 * Makes a ring of pointers through the area, one in each base page and at another line of
 * it each, in an order of chance, and follows it as HP_LOAD_ASKED says. Returns how long
 * 1000 of them took, ns. The program has HP_LOAD_PARAMS.
 */
struct hp_histogram *hp_chase(const struct hp_area *area);

#endif
