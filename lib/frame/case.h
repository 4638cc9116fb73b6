/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a program declares itself. A program is one file: its cases, and one HP_PROGRAM.
 * main() comes from the library, which runs every case in a child process of its own and
 * reports TAP. See doc/writing-tests.md.
 */
#ifndef HP_FRAME_CASE_H
#define HP_FRAME_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One way in which a case runs. A row of a table of variants begins with one, and its other
 * members are the parameters. Name and summary are parts of the case's, or the whole of it.
 */
struct hp_variant {
	const char *name, *summary;
};

struct hp_case {
	const char *name, *summary;
	void (*run)(void);
	int line;
	/*
	 * Called instead of run in a case that has an argument: a row of a table, or a
	 * generated case.
	 */
	void (*run_with)(const void *arg);
	const void *arg;
	/*
	 * HP_CASES: the table's first row, the number of rows, and bytes per row.
	 * hp_cases() expands them to a case for each row, which has none.
	 */
	const struct hp_variant *variants;
	size_t rows, row_bytes;
	/* HP_PAIR_CASES: the same for the second table; arg is a struct hp_pair then. */
	const struct hp_variant *columns;
	size_t n_columns, column_bytes;
};

struct hp_pair {
	const void *first, *second;
};

enum hp_kind { HP_FUNC, HP_RACE, HP_LOAD };

/*
 * The hugetlb page sizes that the program runs with, one run each: all of them, the one
 * that a PMD maps, those too large for the page allocator, or one run without a page size.
 */
enum hp_page_sizes {
	HP_EVERY_HUGETLB_SIZE,
	HP_PMD_SIZE,
	HP_GIGANTIC_SIZES,
	HP_NO_PAGE_SIZE
};

struct hp_parameter {
	const char *name, *value, *summary; /* value: the default */
};

/* A tag of the cases whose names match a pattern of fnmatch(3). */
struct hp_case_tag {
	const char *cases, *tag;
};

/*
 * Where a behaviour is documented: kind, value and an optional note, such as {"man",
 * "mmap(2)", "MAP_NORESERVE"}; doc/formats.md lists the kinds.
 */
typedef const char *const hp_source[3];

struct hp_program {
	const char *summary;      /* one sentence of behaviour */
	const hp_source *sources; /* HP_SOURCES(...): at least one */
	enum hp_kind kind;
	enum hp_page_sizes page_sizes;
	const char *const *needs; /* HP_NEEDS(...): doc/formats.md lists them */
	const char *const
		*log_allows; /* HP_LINES(...): kernel log lines caused by design */
	const struct hp_parameter *params;   /* HP_PARAMS(...) */
	const char *const *tags;             /* HP_TAGS(...) */
	const struct hp_case_tag *case_tags; /* HP_CASE_TAGS(...) */
	/*
	 * Time limit of a case; 0 means HP_DEFAULT_SECONDS. For a race it is added to
	 * --seconds, for a load to HP_LOAD_TIMES of them. HUGEPROOF_TIME_SCALE raises it to
	 * at most HP_MOST_SECONDS.
	 */
	unsigned int seconds;
	bool poisons; /* poisons real memory: runs only with --allow-poison */
	bool spoils;  /* leaves the kernel damaged: runs only in a guest, last */
	/*
	 * Generates the cases of a program that has too many to write down; returns how
	 * many.
	 */
	int (*generate)(const struct hp_case *const **cases);
	const char *file; /* set by HP_PROGRAM */
};

#define HP_DEFAULT_SECONDS 10

extern const struct hp_program hp_program;

/**
 * DOC: Declare a program and its cases
 */

/**
 * HP_NEEDS() - what a program needs of the machine
 * @...: strings such as "hugetlb:2", "nodes:2" or "cap:sys_admin", listed in doc/formats.md
 *
 * For .needs of HP_PROGRAM(). If one is not met, the whole program is skipped, with the
 * reason and how to fix it.
 */
#define HP_NEEDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/**
 * HP_LINES() - kernel log lines that a program causes by design
 * @...: strings; each allows the lines that contain it
 *
 * For .log_allows of HP_PROGRAM(): such lines are not reported as complaints.
 */
#define HP_LINES(...) HP_NEEDS(__VA_ARGS__)

/**
 * HP_PARAMS() - the parameters that --param can set
 * @...: {name, default, summary} for each parameter, all of them strings
 *
 * For .params of HP_PROGRAM(); hp_param() reads them.
 */
#define HP_PARAMS(...) ((const struct hp_parameter[]){__VA_ARGS__, {NULL, NULL, NULL}})

/**
 * HP_TAGS() - tags that do not follow from what else a program declares
 * @...: "regression", "slow" or "dangerous"
 *
 * For .tags of HP_PROGRAM(). doc/controls.md says when a program has one of these without
 * declaring it, and lists the tags that are never declared. A program with another tag
 * refuses to run.
 */
#define HP_TAGS(...) HP_NEEDS(__VA_ARGS__)

/**
 * HP_CASE_TAGS() - the same for a part of the cases
 * @...: {pattern, tag} for each; a pattern of fnmatch(3) over the names of cases
 *
 * For .case_tags of HP_PROGRAM(): {"refused_*", "dangerous"}. A program of whose cases none
 * matches refuses to run.
 */
#define HP_CASE_TAGS(...) ((const struct hp_case_tag[]){__VA_ARGS__, {NULL, NULL}})

/**
 * HP_SOURCES() - where the behaviour that a program checks is documented
 * @...: {kind, value} or {kind, value, note} for each source, all of them strings
 *
 * For .sources of HP_PROGRAM(): {"man", "mmap(2)", "MAP_HUGETLB"}. doc/formats.md lists the
 * kinds and the form of their values. A program with a malformed source refuses to run.
 */
#define HP_SOURCES(...) ((const hp_source[]){__VA_ARGS__, {NULL}})

/**
 * HP_PROGRAM() - declare the program
 * @...: members of struct hp_program, by name; at least .summary, .needs and .sources
 *
 * Use it once, at the end of the file. main() comes from the library: it runs each case in
 * a child process of its own, undoes what the case changed, and prints TAP.
 */
#define HP_PROGRAM(...)                                                                    \
	const struct hp_program hp_program = {.file = __FILE__, __VA_ARGS__};

/**
 * HP_CASE() - define a case
 * @id: its name, an identifier, which must not change once it has been published
 * @what: its summary, a string that states the expected behaviour
 *
 * The body of a function follows. It runs in a process of its own, which ends at the first
 * check that fails; its mappings, descriptors and children end with it.
 */
#define HP_CASE(id, what)                                                                  \
	static void id(void);                                                              \
	static const struct hp_case hp_case_##id = {                                       \
		.name = #id, .summary = what, .run = id, .line = __LINE__};                \
	static const struct hp_case *const hp_case_entry_##id                              \
		__attribute__((section("hp_cases"), used)) = &hp_case_##id;                \
	static void id(void)

/**
 * HP_CASES() - define a case for each row of a table
 * @id: the name that the names of the cases begin with
 * @what: the summary that their summaries begin with; the row's takes the place of a "%s"
 *   in it, or follows after a colon
 * @table: an array of structs, whose first member is a struct hp_variant named variant
 * @row: the name of the body's argument, a pointer to the row
 *
 *	static const struct way {
 *		struct hp_variant variant;
 *		int flags;
 *	} ways[] = {
 *		{{"private", "a private mapping"}, MAP_PRIVATE},
 *		{{"shared", "a shared mapping"}, MAP_SHARED},
 *	};
 *
 *	HP_CASES(read, "a read maps the page", ways, way)
 *	{
 *		hp_touch(hp_map_hugetlb(1, way->flags));
 *	}
 *
 * makes read_private ("a read maps the page: a private mapping") and read_shared, in the
 * table's order. fixture/variants.h has tables that many programs use.
 */
#define HP_CASES(id, what, table, row) HP_CASE_OF_ROWS(id, #id, what, table, row)

/**
 * HP_NAMED_CASES() - define a case for each row; the rows have the whole names
 * @body: the name of the function that follows
 * @table: as for HP_CASES(), but its names and summaries are the complete ones of the cases
 * @row: the name of the body's argument, a pointer to the row
 */
#define HP_NAMED_CASES(body, table, row) HP_CASE_OF_ROWS(body, NULL, NULL, table, row)

/**
 * HP_ROW_CASES() - define a case for each row, named like the row
 * @body: the name of the function that follows
 * @what: the summary that their summaries begin with, as of HP_CASES()
 * @table: as for HP_CASES(), but its names are the complete ones of the cases
 * @row: the name of the body's argument, a pointer to the row
 */
#define HP_ROW_CASES(body, what, table, row) HP_CASE_OF_ROWS(body, NULL, what, table, row)

/**
 * HP_SUFFIX_CASES() - define a case for each row, named like the row with a suffix
 * @suffix: an identifier; the names of the cases are ROW_suffix
 * @what: the summary that their summaries begin with, as of HP_CASES()
 * @table: as for HP_CASES()
 * @row: the name of the body's argument, a pointer to the row
 */
#define HP_SUFFIX_CASES(suffix, what, table, row)                                          \
	HP_CASE_OF_ROWS(suffix, "_" #suffix, what, table, row)

/**
 * HP_CASE_OF_ROWS() - common part of HP_CASES() and the like
 * @id: the name of the function that follows
 * @its_name: a prefix of the names, or a suffix if it begins with "_"; NULL: the rows have
 *   the whole names
 * @what: a prefix of the summaries; NULL: the rows have the whole summaries
 * @table: the array of rows
 * @row: the name of the body's argument
 */
#define HP_CASE_OF_ROWS(id, its_name, what, table, row)                                    \
	static void id(const __typeof__((table)[0]) *row);                                 \
	static void hp_run_##id(const void *arg)                                           \
	{                                                                                  \
		id(arg);                                                                   \
	}                                                                                  \
	_Static_assert(offsetof(__typeof__((table)[0]), variant) == 0,                     \
		       "a row begins with its struct hp_variant");                         \
	static const struct hp_case hp_case_##id = {.name = its_name,                      \
						    .summary = what,                       \
						    .run_with = hp_run_##id,               \
						    .line = __LINE__,                      \
						    .variants = &(table)[0].variant,       \
						    .rows = sizeof(table) /                \
							    sizeof((table)[0]),            \
						    .row_bytes = sizeof((table)[0])};      \
	static const struct hp_case *const hp_case_entry_##id                              \
		__attribute__((section("hp_cases"), used)) = &hp_case_##id;                \
	static void id(const __typeof__((table)[0]) *row)

/**
 * HP_PAIR_CASES() - define a case for each row of one table with each of another
 * @id: the name that the names of the cases begin with
 * @what: the summary that their summaries begin with
 * @table: the rows, as for HP_CASES()
 * @row: the name of the body's first argument, a pointer to one of them
 * @columns: the second table, with rows of the same form
 * @column: the name of the body's second argument
 *
 * HP_PAIR_CASES(write, "a write", ways, way, hp_sharings, sharing) makes
 * write_uring_private ("a write: io_uring: a private mapping") and so on, row by row.
 */
#define HP_PAIR_CASES(id, what, table, row, columns, column)                               \
	HP_CASE_OF_PAIRS(id, #id, what, table, row, columns, column)

/**
 * HP_CASE_OF_PAIRS() - common part of HP_PAIR_CASES() and the like
 * @id: the name of the function that follows
 * @its_name: a prefix of the names; NULL: row and column make the whole name
 * @what: a prefix of the summaries; NULL: row and column make the whole summary
 * @table: the rows
 * @row: the name of the body's first argument
 * @table2: the other table
 * @column: the name of the body's second argument
 */
#define HP_CASE_OF_PAIRS(id, its_name, what, table, row, table2, column)                   \
	static void id(const __typeof__((table)[0]) *row,                                  \
		       const __typeof__((table2)[0]) *column);                             \
	static void hp_run_##id(const void *arg)                                           \
	{                                                                                  \
		const struct hp_pair *hp_two_ = arg;                                       \
		id(hp_two_->first, hp_two_->second);                                       \
	}                                                                                  \
	_Static_assert(offsetof(__typeof__((table)[0]), variant) == 0 &&                   \
			       offsetof(__typeof__((table2)[0]), variant) == 0,            \
		       "a row begins with its struct hp_variant");                         \
	static const struct hp_case hp_case_##id = {                                       \
		.name = its_name,                                                          \
		.summary = what,                                                           \
		.run_with = hp_run_##id,                                                   \
		.line = __LINE__,                                                          \
		.variants = &(table)[0].variant,                                           \
		.rows = sizeof(table) / sizeof((table)[0]),                                \
		.row_bytes = sizeof((table)[0]),                                           \
		.columns = &(table2)[0].variant,                                           \
		.n_columns = sizeof(table2) / sizeof((table2)[0]),                         \
		.column_bytes = sizeof((table2)[0])};                                      \
	static const struct hp_case *const hp_case_entry_##id                              \
		__attribute__((section("hp_cases"), used)) = &hp_case_##id;                \
	static void id(const __typeof__((table)[0]) *row,                                  \
		       const __typeof__((table2)[0]) *column)

/* The page size under test, in bytes; 0 in a program without one. */
extern size_t hp_page_size;

/* The base page size, and the size that a PMD maps (that of a THP), in bytes. */
extern size_t hp_base_size, hp_pmd_size;

/**
 * DOC: Read the options of a program
 */

/* The seed of this run (--seed). Every random choice must be derived from it. */
extern uint64_t hp_seed;

/**
 * hp_param() - the value of a parameter
 * @name: as declared by HP_PARAMS(); an undeclared one ends the case as broken
 *
 * Return: the value set by --param, or the default. Do not free it.
 */
const char *hp_param(const char *name);

/**
 * hp_param_given() - whether a parameter is set to something
 * @name: its name
 *
 * Return: true if the program declares it, and its value is not "0".
 */
bool hp_param_given(const char *name);

/**
 * hp_param_long() - a parameter that is a whole number
 * @name: as HP_PARAMS() declares it
 *
 * Return: the number; any other text ends the case as broken.
 */
long hp_param_long(const char *name);

/**
 * hp_param_size() - a parameter that is a size, such as 64M
 * @name: as HP_PARAMS() declares it
 *
 * Return: bytes; any other text ends the case as broken.
 */
size_t hp_param_size(const char *name);

/* Default duration of a race. */
#define HP_RACE_SECONDS 10

/**
 * hp_seconds() - the duration of a race
 * @otherwise: the default, seconds
 *
 * Return: seconds, as given by --seconds, or @otherwise.
 */
unsigned int hp_seconds(unsigned int otherwise);

/* Default duration of a load. */
#define HP_LOAD_SECONDS 0.25

/**
 * hp_load_seconds() - the duration of a load's measurement
 *
 * Return: seconds, as given by --seconds, which may be a fraction, or HP_LOAD_SECONDS.
 */
double hp_load_seconds(void);

/*
 * A case of a load may measure this many times; its time limit is raised accordingly. With
 * an open loop, at many rates and up to twice as long at each.
 */
#define HP_LOAD_TIMES      10
#define HP_LOAD_TIMES_OPEN 50

/**
 * hp_load_times() - how many times its duration a case of this load may measure
 *
 * Return: HP_LOAD_TIMES_OPEN if the parameter "rate" asks for an open loop, else
 *   HP_LOAD_TIMES.
 */
int hp_load_times(void);

#endif
