// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Tags that a program declares, because they do not follow from its needs, time limits and
 * sources. The runner adds those that do (runner/tags.py).
 */
#include "frame/internal.h"

#include <fnmatch.h>
#include <string.h>

static const struct tag {
	const char *name;
	bool declared;
} tags[] = {
	{"regression", true}, {"slow", true},  {"dangerous", true},
	{"quick", false},     {"race", false}, {"changes-pool", false},
};

static const char *wrong_tag(const char *name, char *buf, size_t len)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (strcmp(tags[i].name, name))
			continue;
		if (tags[i].declared)
			return NULL;
		snprintf(buf, len, "tag %s is not declared: it follows from the rest",
			 name);
		return buf;
	}
	snprintf(buf, len, "unknown tag: %s", name);
	return buf;
}

static bool of_any_case(const struct hp_case_tag *tag)
{
	const struct hp_case *const *cases;
	int n = hp_cases(&cases);

	for (int i = 0; i < n; i++)
		if (!fnmatch(tag->cases, cases[i]->name, 0))
			return true;
	return false;
}

const char *hp_wrong_tags(char *buf, size_t len)
{
	for (const char *const *tag = hp_program.tags; tag && *tag; tag++)
		if (wrong_tag(*tag, buf, len))
			return buf;
	for (const struct hp_case_tag *tag = hp_program.case_tags; tag && tag->cases;
	     tag++) {
		if (wrong_tag(tag->tag ?: "", buf, len))
			return buf;
		if (of_any_case(tag))
			continue;
		snprintf(buf, len, "tag %s is of no case: none is named %s", tag->tag,
			 tag->cases);
		return buf;
	}
	return NULL;
}

void hp_print_case_tags(FILE *out, const char *name)
{
	bool any = false;

	for (const struct hp_case_tag *tag = hp_program.case_tags; tag && tag->cases;
	     tag++) {
		if (fnmatch(tag->cases, name, 0))
			continue;
		fputs(any ? "," : ",\"tags\":[", out);
		hp_print_quoted(out, tag->tag);
		any = true;
	}
	if (any)
		putc(']', out);
}
