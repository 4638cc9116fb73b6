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

struct hp_case {
	const char *name, *summary;
	void (*run)(void);
	int line;
	/* Of a case that a program generates: called instead of run. */
	void (*run_with)(const void *arg);
	const void *arg;
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

struct hp_param {
	const char *name, *value, *summary; /* value: the default */
};

struct hp_program {
	const char *summary; /* one sentence of behaviour */
	const char *source;  /* thread, commit or document it comes from */
	enum hp_kind kind;
	enum hp_page_sizes page_sizes;
	const char *const *needs; /* HP_NEEDS(...): doc/formats.md lists them */
	const char *const
		*log_allows; /* HP_LINES(...): kernel log lines caused by design */
	const struct hp_param *params; /* HP_PARAMS(...) */
	/*
	 * Time limit of a case, 0: HP_DEFAULT_SECONDS; of a race beyond its --seconds, of a
	 * load beyond HP_LOAD_TIMES of them. Scaled it is at most HP_MOST_SECONDS, or this.
	 */
	unsigned int seconds;
	bool poisons; /* real memory: runs only where that is allowed */
	bool spoils;  /* the kernel for what follows: runs only in a guest, last of its boot
		       */
	/* Makes the cases of a program that has too many to write down; returns how many.
	 */
	int (*generate)(const struct hp_case *const **cases);
	const char *file; /* set by HP_PROGRAM */
};

#define HP_DEFAULT_SECONDS 10

extern const struct hp_program hp_program;

#define HP_NEEDS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define HP_LINES(...)  HP_NEEDS(__VA_ARGS__)
#define HP_PARAMS(...) ((const struct hp_param[]){__VA_ARGS__, {NULL, NULL, NULL}})

#define HP_PROGRAM(...)                                                                    \
	const struct hp_program hp_program = {.file = __FILE__, __VA_ARGS__};

/* The linker gathers the cases of a program in the section hp_cases. */
#define HP_CASE(id, what)                                                                  \
	static void id(void);                                                              \
	static const struct hp_case hp_case_##id = {                                       \
		.name = #id, .summary = what, .run = id, .line = __LINE__};                \
	static const struct hp_case *const hp_case_entry_##id                              \
		__attribute__((section("hp_cases"), used)) = &hp_case_##id;                \
	static void id(void)

/* The page size under test in bytes; 0 in a program that has none. */
extern size_t hp_page_size;

/* Base page size of the machine, bytes. */
size_t hp_base_page_size(void);

/* The seed of this run (--seed). Every random choice must come from it. */
extern uint64_t hp_seed;

/* A parameter's value, from --param or its default. The name must be declared. */
const char *hp_param(const char *name);
long hp_param_long(const char *name);
size_t hp_param_size(const char *name); /* such as 64M; in bytes */

/* How long a race runs when --seconds does not say. */
#define HP_RACE_SECONDS 10

/* Seconds asked for by --seconds, or otherwise. */
unsigned int hp_seconds(unsigned int otherwise);

/* The same of a load, which takes fractions too, and its own default. */
#define HP_LOAD_SECONDS 0.25
double hp_load_seconds(void);

/* A case of a load may measure so many times its seconds, beyond its time limit. */
#define HP_LOAD_TIMES 10

#endif
