/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a program declares itself. A program is one file: its cases, and one
 * HP_PROGRAM. main() comes from the library, which runs every case in a child
 * process of its own and reports TAP. doc/writing-tests.md tells the whole.
 */
#ifndef HP_FRAME_CASE_H
#define HP_FRAME_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One way in which a case runs. A row of a table of variants begins with one; what follows
 * are the parameters of that way. Name and summary are parts of the case's, or all of it.
 */
struct hp_variant {
	const char *name, *summary;
};

struct hp_case {
	const char *name, *summary;
	void (*run)(void);
	int line;
	/* Of a case with an argument (a row of a table, or generated): called instead of
	 * run.
	 */
	void (*run_with)(const void *arg);
	const void *arg;
	/*
	 * HP_CASES: the table's first row, how many there are, bytes from one to the next.
	 * What hp_cases() returns has none: there is a case for each row.
	 */
	const struct hp_variant *variants;
	size_t rows, row_bytes;
	/* HP_PAIR_CASES: the same of the second table; arg is a struct hp_pair then. */
	const struct hp_variant *columns;
	size_t n_columns, column_bytes;
};

struct hp_pair {
	const void *first, *second;
};

enum hp_kind { HP_FUNC, HP_RACE, HP_LOAD };

/*
 * Over which hugetlb page sizes the program runs, one run each: all, the one that a PMD
 * maps, or those too large for the page allocator. Or one run without a page size.
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

/*
 * Where a behaviour is promised: kind, value and, where there is more to say, what about
 * it; doc/formats.md lists the kinds. {"man", "mmap(2)", "MAP_NORESERVE"}.
 */
typedef const char *const hp_source[3];

struct hp_program {
	const char *summary;      /* one sentence of behaviour */
	const hp_source *sources; /* HP_SOURCES(...): one at least */
	enum hp_kind kind;
	enum hp_page_sizes page_sizes;
	const char *const *needs; /* HP_NEEDS(...): doc/formats.md lists them */
	const char *const
		*log_allows; /* HP_LINES(...): kernel log lines caused by design */
	const struct hp_parameter *params; /* HP_PARAMS(...) */
	/*
	 * Time limit of a case, 0: HP_DEFAULT_SECONDS; of a race beyond its --seconds, of a
	 * load beyond HP_LOAD_TIMES of them. Scaled it is at most HP_MOST_SECONDS, or this.
	 */
	unsigned int seconds;
	bool poisons; /* real memory: runs only where that is allowed */
	bool spoils;  /* what follows in the kernel: runs in a guest only, last of its boot
		       */
	/*
	 * Makes the cases of a program that has too many to write down; returns how many.
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
 * @...: strings, such as "hugetlb:2", "nodes:2" or "cap:sys_admin"; doc/formats.md lists
 *   them
 *
 * For .needs of HP_PROGRAM(). What is missing skips every case, with the reason and the
 * remedy.
 */
#define HP_NEEDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/**
 * HP_LINES() - lines of the kernel log that a program causes by design
 * @...: strings; each allows the lines that contain it
 *
 * For .log_allows of HP_PROGRAM(): such a line is no complaint.
 */
#define HP_LINES(...) HP_NEEDS(__VA_ARGS__)

/**
 * HP_PARAMS() - the parameters that --param can set
 * @...: {name, default, summary} each, all of them strings
 *
 * For .params of HP_PROGRAM(); hp_param() reads them.
 */
#define HP_PARAMS(...) ((const struct hp_parameter[]){__VA_ARGS__, {NULL, NULL, NULL}})

/**
 * HP_SOURCES() - where the behaviour that a program checks is promised
 * @...: {kind, value} or {kind, value, about} each, all of them strings
 *
 * For .sources of HP_PROGRAM(): {"man", "mmap(2)", "MAP_HUGETLB"}. doc/formats.md lists the
 * kinds and the form of their values; one that is wrong is refused when the program begins.
 */
#define HP_SOURCES(...) ((const hp_source[]){__VA_ARGS__, {NULL}})

/**
 * HP_PROGRAM() - declare the program
 * @...: members of struct hp_program, by name; .summary, .needs and .sources at least
 *
 * Stands once, at the end of the file. main() comes from the library: it runs each case in
 * a child process of its own, takes back what the case changed, and prints TAP.
 */
#define HP_PROGRAM(...)                                                                    \
	const struct hp_program hp_program = {.file = __FILE__, __VA_ARGS__};

/**
 * HP_CASE() - define a case
 * @id: its name, an identifier; a promise once it has been published
 * @what: its summary, a string that says what holds
 *
 * The body of a function follows. It runs in a process of its own, which ends with the
 * first check that fails; mappings, descriptors and children go with that process.
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
 * @what: the summary that their summaries begin with
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
 * HP_NAMED_CASES() - define a case for each row, which has its whole name
 * @body: the name of the function that follows
 * @table: as for HP_CASES(); names and summaries of the rows are those of the cases
 * @row: the name of the body's argument, a pointer to the row
 */
#define HP_NAMED_CASES(body, table, row) HP_CASE_OF_ROWS(body, NULL, NULL, table, row)

/**
 * HP_ROW_CASES() - define a case for each row, which has its name
 * @body: the name of the function that follows
 * @what: the summary that their summaries begin with, as of HP_CASES()
 * @table: as for HP_CASES(); names of the rows are those of the cases
 * @row: the name of the body's argument, a pointer to the row
 */
#define HP_ROW_CASES(body, what, table, row) HP_CASE_OF_ROWS(body, NULL, what, table, row)

/**
 * HP_SUFFIX_CASES() - define a case for each row, whose name stands before a suffix
 * @suffix: an identifier; the names of the cases are ROW_suffix
 * @what: the summary that their summaries begin with, as of HP_CASES()
 * @table: as for HP_CASES()
 * @row: the name of the body's argument, a pointer to the row
 */
#define HP_SUFFIX_CASES(suffix, what, table, row)                                          \
	HP_CASE_OF_ROWS(suffix, "_" #suffix, what, table, row)

/**
 * HP_CASE_OF_ROWS() - what HP_CASES() and HP_NAMED_CASES() are made of
 * @id: the name of the function that follows
 * @its_name: a string that the names begin with, or end with where it begins with "_";
 *   NULL: the rows have whole names
 * @what: a string that the summaries begin with; NULL: the rows have whole ones
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
 * @columns: the other table, of such rows too
 * @column: the name of the body's second argument
 *
 * HP_PAIR_CASES(write, "a write", ways, way, hp_sharings, sharing) makes
 * write_uring_private
 * ("a write: io_uring: a private mapping") and so on, row by row.
 */
#define HP_PAIR_CASES(id, what, table, row, columns, column)                               \
	HP_CASE_OF_PAIRS(id, #id, what, table, row, columns, column)

/**
 * HP_CASE_OF_PAIRS() - what HP_PAIR_CASES() is made of
 * @id: the name of the function that follows
 * @its_name: a string that the names begin with; NULL: row and column make the name
 * @what: a string that the summaries begin with; NULL: they make the summary
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

/* The page size under test in bytes; 0 in a program that has none. */
extern size_t hp_page_size;

/* The base page size, and what a PMD maps (the size of a THP), in bytes. */
extern size_t hp_base_size, hp_pmd_size;

/**
 * DOC: Read what a program was asked for
 */

/* The seed of this run (--seed). Every random choice must come from it. */
extern uint64_t hp_seed;

/**
 * hp_param() - the value of a parameter
 * @name: as HP_PARAMS() declares it; another ends the case as broken
 *
 * Return: what --param set, or the default; belongs to the program.
 */
const char *hp_param(const char *name);

/**
 * hp_param_long() - a parameter that is a whole number
 * @name: as HP_PARAMS() declares it
 *
 * Return: the number; a value that is none ends the case as broken.
 */
long hp_param_long(const char *name);

/**
 * hp_param_size() - a parameter that is a size, such as 64M
 * @name: as HP_PARAMS() declares it
 *
 * Return: bytes; a value that is no size ends the case as broken.
 */
size_t hp_param_size(const char *name); /* such as 64M; in bytes */

/* How long a race runs when --seconds does not say. */
#define HP_RACE_SECONDS 10

/**
 * hp_seconds() - how long a race is to run
 * @otherwise: seconds, for when --seconds does not say
 *
 * Return: seconds.
 */
unsigned int hp_seconds(unsigned int otherwise);

/* The same of a load, which takes fractions too, and its own default. */
#define HP_LOAD_SECONDS 0.25

/**
 * hp_load_seconds() - how long a load is to measure
 *
 * Return: seconds: those of --seconds, which may be a fraction, or HP_LOAD_SECONDS.
 */
double hp_load_seconds(void);

/* A case of a load may measure so many times its seconds, beyond its time limit. */
#define HP_LOAD_TIMES 10

#endif
