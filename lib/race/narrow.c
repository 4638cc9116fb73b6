// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A smaller race than the program declares, by the parameter `race`, for minimise: words
 * separated by commas, each of which makes one dimension smaller. doc/races.md lists them.
 */
#include "frame/case.h"
#include "frame/engine.h"
#include "race/internal.h"

#include <stdlib.h>
#include <string.h>

#define MOST 96

HP_ENGINE_PARAM(race, "race", "",
		"a smaller race, as minimise asks for it; show: what it is");

/* How much of a huge page those actors work on that choose between all and a part. */
static enum hp_range either = HP_EITHER;

bool hp_narrow_shows(void)
{
	return !strcmp(hp_param("race"), "show");
}

enum hp_range hp_narrow_range(const struct hp_actor *actor)
{
	return actor->range == HP_EITHER ? either : actor->range;
}

static long number(const char *word, const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < 1 || value > 1000000000)
		hp_bail("the parameter race wants a number from 1 on: %s=%s", word, text);
	return value;
}

/* Whether the name of an actor is in the list `a+b+a`; takes it out then. */
static bool take(char *names, const char *name)
{
	size_t len = strlen(name);

	for (char *at = names; at; at = strchr(at, '+') ? strchr(at, '+') + 1 : NULL) {
		if (strncmp(at, name, len) || (at[len] && at[len] != '+'))
			continue;
		/* No actor has this name, nor an empty one. */
		memset(at, '-', len);
		return true;
	}
	return false;
}

/*
 * Those of the race's actors, in its order, that the list names. One that is named twice
 * must be there twice.
 */
static const struct hp_actor *const *chosen(const struct hp_race *asked, char *names)
{
	static const struct hp_actor *actors[MOST];
	const struct hp_actor *const *lists[] = {asked->actors, asked->also};
	int n = 0;

	for (int list = 0; list < 2; list++)
		for (int i = 0; lists[list] && lists[list][i] && n < MOST - 1; i++)
			if (take(names, lists[list][i]->name))
				actors[n++] = lists[list][i];
	for (const char *at = names; *at; at++)
		if (*at != '-' && *at != '+')
			hp_bail("the race has no such actor: %s", at);
	hp_require(n, "a race has one actor at least");
	return actors;
}

static void apply(struct hp_race *race, const struct hp_race *asked, const char *word,
		  char *text)
{
	if (!strcmp(word, "actors")) {
		race->actors = chosen(asked, text);
		race->also = NULL;
	} else if (!strcmp(word, "processes")) {
		race->processes = (int)number(word, text);
	} else if (!strcmp(word, "pages")) {
		race->pages = (size_t)number(word, text);
	} else if (!strcmp(word, "rounds")) {
		race->rounds = number(word, text);
	} else if (!strcmp(word, "range") && !strcmp(text, "huge")) {
		either = HP_HUGE_PAGE;
	} else if (!strcmp(word, "range") && !strcmp(text, "part")) {
		either = HP_PART;
	} else {
		hp_bail("the parameter race has no %s=%s", word, text);
	}
}

const struct hp_race *hp_narrowed(const struct hp_race *asked)
{
	static struct hp_race race;
	char *text, *rest, *word;

	either = HP_EITHER;
	if (!*hp_param("race") || hp_narrow_shows())
		return asked;
	rest = text = strdup(hp_param("race"));
	hp_require(text, "no memory");
	race = *asked;
	/* A smaller race need not do what the whole one must, nor take as many pages. */
	race.events = NULL;
	race.may_never_succeed = true;
	while ((word = strsep(&rest, ","))) {
		char *value = strchr(word, '=');

		if (!value)
			hp_bail("the parameter race wants WORD=VALUE: %s", word);
		*value = '\0';
		apply(&race, asked, word, value + 1);
	}
	if (race.pages != asked->pages || race.processes != asked->processes)
		race.when_full = NULL;
	free(text);
	return &race;
}
