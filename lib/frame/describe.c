// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame/internal.h"

#include <stdlib.h>
#include <string.h>

/* Weak: a program that generates its cases has no such section. */
extern const struct hp_case *const __start_hp_cases[] __attribute__((weak));
extern const struct hp_case *const __stop_hp_cases[] __attribute__((weak));

extern const struct hp_parameter *const __start_hp_params[] __attribute__((weak));
extern const struct hp_parameter *const __stop_hp_params[] __attribute__((weak));

const char *hp_short_file(const char *path)
{
	const char *part = path + strlen(path);

	for (int slashes = 0; part > path; part--)
		if (part[-1] == '/' && ++slashes == 3)
			break;
	return part;
}

/*
 * A component of the source's path, counted from its end: 0 is the file's name, 1 its
 * directory.
 */
static void path_part(int from_end, char *buf, size_t len)
{
	const char *end = hp_program.file + strlen(hp_program.file), *begin;

	for (;;) {
		begin = end;
		while (begin > hp_program.file && begin[-1] != '/')
			begin--;
		if (!from_end-- || begin == hp_program.file)
			break;
		end = begin - 1;
	}
	snprintf(buf, len, "%.*s", (int)(end - begin), begin);
	if (strrchr(buf, '.'))
		*strrchr(buf, '.') = '\0';
}

const char *hp_program_name(void)
{
	static char name[64];

	path_part(0, name, sizeof(name));
	return name;
}

const char *hp_program_area(void)
{
	static char area[64];

	path_part(1, area, sizeof(area));
	return area;
}

static int by_line(const void *a, const void *b)
{
	const struct hp_case *one = *(const struct hp_case *const *)a;
	const struct hp_case *two = *(const struct hp_case *const *)b;

	return one->line - two->line;
}

/* "a_b"; the second alone if there is no first; "b_a" for the suffix "_a" and "b". */
static const char *joined_name(const char *first, const char *second)
{
	char *text;

	if (!first)
		return second;
	if (asprintf(&text, *first == '_' ? "%2$s%1$s" : "%1$s_%2$s", first, second) < 0)
		abort();
	return text;
}

/* "a: b", or a with b in place of its "%s"; b alone if there is no a. */
static const char *joined_summary(const char *a, const char *b)
{
	const char *place = a ? strstr(a, "%s") : NULL;
	char *text;

	if (!a)
		return b;
	if (place ? asprintf(&text, "%.*s%s%s", (int)(place - a), a, b, place + 2) < 0
		  : asprintf(&text, "%s: %s", a, b) < 0)
		abort();
	return text;
}

static struct hp_case *of_row(const struct hp_case *c, size_t row)
{
	const void *at = (const char *)c->variants + row * c->row_bytes;
	const struct hp_variant *variant = at;
	struct hp_case *one = calloc(1, sizeof(*one));

	if (!one)
		abort();
	*one = (struct hp_case){.name = joined_name(c->name, variant->name),
				.summary = joined_summary(c->summary, variant->summary),
				.line = c->line,
				.run_with = c->run_with,
				.arg = at};
	return one;
}

static const struct hp_case *of_pair(const struct hp_case *c, size_t row, size_t column)
{
	struct hp_pair *pair = calloc(1, sizeof(*pair));
	struct hp_case across = *of_row(c, row), *one;

	if (!pair)
		abort();
	across.variants = c->columns;
	across.row_bytes = c->column_bytes;
	one = of_row(&across, column);
	*pair = (struct hp_pair){across.arg, one->arg};
	one->arg = pair;
	return one;
}

static size_t cases_of(const struct hp_case *c)
{
	return !c->variants ? 1 : c->columns ? c->rows * c->n_columns : c->rows;
}

static const struct hp_case *nth_of(const struct hp_case *c, size_t n)
{
	return !c->variants ? c
	       : c->columns ? of_pair(c, n / c->n_columns, n % c->n_columns)
			    : of_row(c, n);
}

/* The cases that the program's macros declare, in source order. */
static const struct hp_case **declared(int *n)
{
	/* cppcheck-suppress comparePointers ; both are ends of one array */
	int declared = __stop_hp_cases - __start_hp_cases;
	const struct hp_case **lines = calloc(declared, sizeof(*lines)), **cases;
	size_t all = 0;

	if (!lines)
		abort();
	memcpy(lines, __start_hp_cases, declared * sizeof(*lines));
	qsort(lines, declared, sizeof(*lines), by_line);
	for (int i = 0; i < declared; i++)
		all += cases_of(lines[i]);
	cases = calloc(all, sizeof(*cases));
	if (!cases)
		abort();
	*n = 0;
	for (int i = 0; i < declared; i++)
		for (size_t one = 0; one < cases_of(lines[i]); one++)
			cases[(*n)++] = nth_of(lines[i], one);
	free(lines);
	return cases;
}

int hp_cases(const struct hp_case *const **cases)
{
	static const struct hp_case **all;
	static int n;

	if (hp_program.generate)
		return hp_program.generate(cases);
	if (!all)
		all = declared(&n);
	*cases = all;
	return n;
}

void hp_print_rows(FILE *out, const char *name)
{
	const struct hp_case *const *c;
	int n = 0;

	/* cppcheck-suppress comparePointers ; both are ends of one array */
	for (c = __start_hp_cases; c < __stop_hp_cases; c++) {
		const char *its = (*c)->variants ? (*c)->name : NULL;

		if (!its || strcmp(*its == '_' ? its + 1 : its, name))
			continue;
		for (size_t one = 0; one < cases_of(*c); one++)
			fprintf(out, "%s %s", n++ ? "," : "; its rows are",
				nth_of(*c, one)->name);
	}
}

void hp_print_quoted(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void print_pair(FILE *out, const char *key, const char *value)
{
	fprintf(out, ",\"%s\":", key);
	hp_print_quoted(out, value ? value : "");
}

static void print_list(FILE *out, const char *key, const char *const *items)
{
	fprintf(out, ",\"%s\":[", key);
	for (int i = 0; items && items[i]; i++) {
		if (i)
			putc(',', out);
		hp_print_quoted(out, items[i]);
	}
	putc(']', out);
}

const struct hp_parameter *hp_nth_parameter(int n)
{
	const struct hp_parameter *own = hp_program.params;

	for (; own && own->name; own++)
		if (!n--)
			return own;
	/* cppcheck-suppress comparePointers ; both are ends of one array */
	return n < __stop_hp_params - __start_hp_params ? __start_hp_params[n] : NULL;
}

void hp_describe(FILE *out)
{
	static const char *const kinds[] = {"func", "race", "load"};
	static const char *const sizes[] = {"hugetlb", "pmd", "gigantic", "none"};
	const struct hp_case *const *cases;
	const struct hp_parameter *param;
	int n = hp_cases(&cases);

	fprintf(out, "{\"format\":1");
	print_pair(out, "name", hp_program_name());
	print_pair(out, "area", hp_program_area());
	fprintf(out, ",\"bits\":%zu", 8 * sizeof(void *));
	print_pair(out, "kind", kinds[hp_program.kind]);
	print_pair(out, "summary", hp_program.summary);
	fprintf(out, ",\"source\":");
	hp_print_source_texts(out);
	fprintf(out, ",\"sources\":");
	hp_print_sources(out);
	fprintf(out, ",\"cases\":[");
	for (int i = 0; i < n; i++) {
		fprintf(out, "%s{\"name\":\"%s\"", i ? "," : "", cases[i]->name);
		print_pair(out, "summary", cases[i]->summary);
		hp_print_case_tags(out, cases[i]->name);
		putc('}', out);
	}
	putc(']', out);
	print_list(out, "tags", hp_program.tags);
	print_list(out, "needs", hp_program.needs);
	print_pair(out, "page_sizes", sizes[hp_program.page_sizes]);
	fprintf(out, ",\"seconds\":%u",
		hp_program.seconds ? hp_program.seconds : HP_DEFAULT_SECONDS);
	fprintf(out, ",\"poisons\":%s", hp_program.poisons ? "true" : "false");
	fprintf(out, ",\"spoils\":%s", hp_program.spoils ? "true" : "false");
	print_list(out, "log_allows", hp_program.log_allows);
	fprintf(out, ",\"params\":[");
	for (int i = 0; (param = hp_nth_parameter(i)); i++) {
		fprintf(out, "%s{\"name\":\"%s\"", i ? "," : "", param->name);
		print_pair(out, "default", param->value);
		print_pair(out, "summary", param->summary);
		putc('}', out);
	}
	fprintf(out, "]}\n");
}
