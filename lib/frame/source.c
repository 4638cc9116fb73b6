// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the behaviour that a program checks is documented: a machine-readable list, which
 * is reported with a failure.
 */
#include "frame/internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { KIND, VALUE, ABOUT };

#define LEAST_ID 12 /* hexadecimal digits of a commit id, as the kernel abbreviates it */
#define MOST_ID  40

/* Each checks that a value has the form of its kind. */

static bool is_commit(const char *value)
{
	size_t len = strspn(value, "0123456789abcdef");

	return !value[len] && len >= LEAST_ID && len <= MOST_ID;
}

static bool is_message_id(const char *value)
{
	return strchr(value, '@') && !strpbrk(value, " <>");
}

static bool is_manual(const char *value)
{
	const char *section = strchr(value, '(');

	return section && section > value && isdigit((unsigned char)section[1]) &&
	       !strcmp(section + 2, ")");
}

static bool is_document(const char *value)
{
	return !strncmp(value, "Documentation/", strlen("Documentation/"));
}

static bool is_path(const char *value)
{
	return strchr(value, '/') && !strchr(value, ' ');
}

static bool is_word(const char *value)
{
	return *value && !strchr(value, ' ');
}

static bool is_text(const char *value)
{
	return *value;
}

static const struct kind {
	const char *name, *form;
	bool (*fits)(const char *value);
	const char *before, *after; /* printed around the value */
} kinds[] = {
	{"commit", "12 to 40 hexadecimal digits", is_commit, "commit ", ""},
	{"title", "the title of a commit", is_text, "\"", "\""},
	{"lore", "a message's id", is_message_id, "https://lore.kernel.org/r/", ""},
	{"man", "name(section)", is_manual, "", ""},
	{"doc", "a path from Documentation/ on", is_document, "", ""},
	{"code", "a path in the kernel's tree", is_path, "", ""},
	{"kselftest", "a test's name", is_word, "kselftest ", ""},
	{"ltp", "a test's name", is_word, "LTP ", ""},
	{"libhugetlbfs", "a test's name", is_word, "libhugetlbfs ", ""},
	{"selftest", "a path in this tree", is_word, "", ""},
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static const char *wrong_source(const hp_source source, char *buf, size_t len)
{
	const struct kind *kind = kind_of(source[KIND]);

	if (!kind)
		snprintf(buf, len, "unknown kind of source: %s", source[KIND]);
	else if (!source[VALUE] || !kind->fits(source[VALUE]))
		snprintf(buf, len, "source of kind %s is not %s: %s", source[KIND],
			 kind->form, source[VALUE] ? source[VALUE] : "nothing");
	else if (!strcmp(source[KIND], "commit") && !source[ABOUT])
		snprintf(buf, len, "source of kind commit has no title: %s", source[VALUE]);
	else
		return NULL;
	return buf;
}

const char *hp_wrong_sources(char *buf, size_t len)
{
	if (!hp_program.sources || !hp_program.sources[0][KIND])
		return "no source: which document, commit or thread documents the "
		       "behaviour?";
	for (const hp_source *source = hp_program.sources; (*source)[KIND]; source++)
		if (wrong_source(*source, buf, len))
			return buf;
	return NULL;
}

/* Such as: mmap(2), MAP_NORESERVE; or: commit 0123456789ab ("title"). To be freed. */
static char *text_of(const hp_source source)
{
	const struct kind *kind = kind_of(source[KIND]);
	bool quotes = !strcmp(source[KIND], "commit") || !strcmp(source[KIND], "lore");
	const char *about = source[ABOUT];
	char *text;

	if (asprintf(&text, "%s%s%s%s%s%s", kind->before, source[VALUE], kind->after,
		     !about   ? ""
		     : quotes ? " (\""
			      : ", ",
		     about ? about : "", about && quotes ? "\")" : "") < 0)
		abort();
	return text;
}

void hp_print_source_texts(FILE *out)
{
	char all[4096] = "";
	size_t used = 0;

	for (const hp_source *source = hp_program.sources; (*source)[KIND]; source++) {
		char *text = text_of(*source);

		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
					 used ? "; " : "", text);
		free(text);
		if (used >= sizeof(all))
			break;
	}
	hp_print_quoted(out, all);
}

void hp_print_sources(FILE *out)
{
	static const char *const keys[] = {"kind", "value", "about"};
	const char *comma = "";

	putc('[', out);
	for (const hp_source *source = hp_program.sources; (*source)[KIND]; source++) {
		fprintf(out, "%s{", comma);
		for (int i = KIND; i <= ABOUT && (*source)[i]; i++) {
			fprintf(out, "%s\"%s\": ", i ? ", " : "", keys[i]);
			hp_print_quoted(out, (*source)[i]);
		}
		putc('}', out);
		comma = ", ";
	}
	putc(']', out);
}
