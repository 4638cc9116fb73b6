// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A program whose declarations come from the environment. Not a test:
 * selftest/structure/test_declared.py checks that wrong ones are refused.
 */
#include "hugeproof.h"

#include <stdlib.h>

static const char *source[2][3] = {{"selftest", "selftest/structure/test_declared.py"}};
static const char *need[2] = {"root"};
static const char *tag[2];
static struct hp_case_tag case_tag[2] = {{.tag = "slow"}};

/* An entry in the section of hp_case_needs(), but variable. */
static const char *case_need __attribute__((section("hp_case_needs"), used)) = "root";

HP_CASE(runs, "must never be run")
{
	hp_skip_case("it was run");
}

/* Runs before main(), in place of static initializers. */
static __attribute__((constructor)) void declare(void)
{
	source[0][0] = getenv("SOURCE_KIND") ?: source[0][0];
	source[0][1] = getenv("SOURCE_VALUE") ?: source[0][1];
	source[0][2] = getenv("SOURCE_ABOUT");
	need[0] = getenv("NEED") ?: need[0];
	tag[0] = getenv("TAG");
	case_tag[0].cases = getenv("TAGGED_CASES");
	case_tag[0].tag = getenv("CASE_TAG") ?: case_tag[0].tag;
	if (getenv("CASE_NEED"))
		case_need = getenv("CASE_NEED");
	if (getenv("NO_SOURCE"))
		source[0][0] = NULL;
}

HP_PROGRAM(.summary = "declares what it is told to", .page_sizes = HP_NO_PAGE_SIZE,
	   .sources = (const hp_source *)source, .needs = need, .tags = tag,
	   .case_tags = case_tag)
