// SPDX-License-Identifier: LGPL-2.1-or-later
/* The main() of every program: parses the options and runs the cases. */
#include "frame/engine.h"
#include "frame/internal.h"
#include "observe/text.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t hp_page_size, hp_base_size, hp_pmd_size;
uint64_t hp_seed = 1;

static double seconds_asked;

#define MAX_PARAMS 16
static struct hp_parameter params[MAX_PARAMS];

static void find_sizes(void)
{
	long pmd;

	hp_base_size = (size_t)sysconf(_SC_PAGESIZE);
	/*
	 * Without THPs there is no such file: a page table is one base page of 8-byte
	 * entries.
	 */
	if (hp_read_long("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", &pmd))
		pmd = (long)(hp_base_size * (hp_base_size / 8));
	hp_pmd_size = (size_t)pmd;
}

unsigned int hp_seconds(unsigned int otherwise)
{
	return seconds_asked ? (unsigned int)seconds_asked : otherwise;
}

double hp_load_seconds(void)
{
	return seconds_asked ? seconds_asked : HP_LOAD_SECONDS;
}

static struct hp_parameter *find_param(const char *name, size_t len)
{
	for (int i = 0; i < MAX_PARAMS && params[i].name; i++)
		if (!strncmp(params[i].name, name, len) && !params[i].name[len])
			return &params[i];
	return NULL;
}

bool hp_param_given(const char *name)
{
	const struct hp_parameter *param = find_param(name, strlen(name));

	return param && strcmp(param->value, "0");
}

int hp_load_times(void)
{
	return hp_param_given("rate") ? HP_LOAD_TIMES_OPEN : HP_LOAD_TIMES;
}

const char *hp_param(const char *name)
{
	const struct hp_parameter *param = find_param(name, strlen(name));

	if (!param)
		hp_bail("the program uses a parameter it does not declare: %s", name);
	return param->value;
}

long hp_param_long(const char *name)
{
	const char *text = hp_param(name);
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end)
		hp_bail("parameter %s wants a number: %s", name, text);
	return value;
}

size_t hp_param_size(const char *name)
{
	size_t size = hp_size_parse(hp_param(name));

	if (!size)
		hp_bail("parameter %s wants a size like 64M: %s", name, hp_param(name));
	return size;
}

_Noreturn static void usage_error(const char *what, const char *word)
{
	fprintf(stderr, "%s: %s: %s (--help lists the options)\n", hp_program_name(), what,
		word);
	exit(2);
}

/* The name of a table is no case's: each of its rows is one. */
_Noreturn static void no_such_case(const char *name)
{
	fprintf(stderr, "%s: no such case: %s", hp_program_name(), name);
	hp_print_rows(stderr, name);
	fputs(" (--help lists the options)\n", stderr);
	exit(2);
}

static void usage(void)
{
	const struct hp_case *const *cases;
	int n = hp_cases(&cases);

	printf("%s/%s: %s\n\n", hp_program_area(), hp_program_name(), hp_program.summary);
	printf("  --page-size SIZE   huge page size under test, such as 2M (default: the\n"
	       "                     machine's default size)\n"
	       "  --case NAME        run only this case; may be repeated\n"
	       "  --seed N           seed of all random choices (default 1)\n"
	       "  --seconds S        how long a race or load runs\n"
	       "  --param KEY=VALUE  set a parameter listed below; may be repeated\n"
	       "  --verbose          print notes\n"
	       "  --list             list the names of the cases\n"
	       "  --describe         describe the program as JSON\n\n");
	for (int i = 0; i < n; i++)
		printf("case %s: %s\n", cases[i]->name, cases[i]->summary);
	for (int i = 0; i < MAX_PARAMS && params[i].name; i++)
		printf("param %s (%s): %s\n", params[i].name, params[i].value,
		       params[i].summary);
}

static void set_param(char *text)
{
	char *value = strchr(text, '=');
	struct hp_parameter *param;

	if (!value)
		usage_error("--param wants KEY=VALUE", text);
	param = find_param(text, value - text);
	if (!param)
		usage_error("no such parameter", text);
	param->value = value + 1;
}

static unsigned long long number(const char *option, const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		usage_error(option, text);
	return value;
}

/* Whole seconds; a load accepts fractions. */
static double seconds(const char *text)
{
	char *end;
	double value;

	if (hp_program.kind != HP_LOAD)
		return (double)number("--seconds wants a number", text);
	value = strtod(text, &end);
	if (end == text || *end || !(value >= 0.001 && value <= 86400))
		usage_error("--seconds wants a number from 0.001 to 86400", text);
	return value;
}

/* Skips a program that was run by hand with a page size that it does not support. */
static void skip_unsupported_size(void)
{
	const char *which = NULL;

	if (hp_program.page_sizes == HP_PMD_SIZE && hp_page_size != hp_pmd_size)
		which = "pages that a PMD maps";
	/* An address space of 4 GB has room for one such page, rarely for two. */
	if (sizeof(void *) == 4 && hp_page_size >> 30)
		which = "pages of less than 1 GB, in 32 bits";
	if (hp_program.page_sizes == HP_GIGANTIC_SIZES &&
	    !hp_hugetlb_gigantic(hp_page_size))
		which = "gigantic pages";
	if (!which)
		return;
	printf("TAP version 14\n1..0 # SKIP is about %s: run it with such a --page-size\n",
	       which);
	exit(0);
}

/* Checks that the kernel supports the requested size, or finds the default size. */
static void choose_page_size(const char *text)
{
	char known[HP_MAX_SIZES * 16] = "", name[16];
	size_t sizes[HP_MAX_SIZES], wanted;
	int n = hp_hugetlb_sizes(sizes);
	long kb;

	if (hp_program.page_sizes == HP_NO_PAGE_SIZE) {
		if (text)
			usage_error("the program has no page size", text);
		return;
	}
	wanted = text ? hp_size_parse(text) : 0;
	if (text && !wanted)
		usage_error("not a page size", text);
	if (!text) {
		char meminfo[8192];

		kb = hp_read_text("/proc/meminfo", meminfo, sizeof(meminfo)) < 0
			     ? -1
			     : hp_field(meminfo, "Hugepagesize");
		wanted = kb > 0 ? kb * 1024UL : 0;
	}
	for (int i = 0; i < n; i++) {
		if (sizes[i] == wanted)
			hp_page_size = wanted;
		hp_size_name(name, sizeof(name), sizes[i]);
		snprintf(known + strlen(known), sizeof(known) - strlen(known), " %s", name);
	}
	if (hp_page_size)
		skip_unsupported_size();
	if (!hp_page_size && !text) {
		printf("TAP version 14\n1..0 # SKIP needs huge pages, this kernel has "
		       "none: boot one with CONFIG_HUGETLBFS, or run it in the lab\n");
		exit(0);
	}
	if (!hp_page_size) {
		fprintf(stderr, "%s: this kernel has no huge pages of %s, only of%s\n",
			hp_program_name(), text, known);
		exit(2);
	}
}

/* Otherwise the next open() would reuse the number of a closed stream, and get our TAP. */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			exit(2);
}

/* A program with invalid declarations could not judge the kernel, and is not run. */
static void refuse_wrong_program(void)
{
	char buf[512];
	const char *wrong = hp_wrong_sources(buf, sizeof(buf))
				    ?: hp_wrong_needs(buf, sizeof(buf))
					       ?: hp_wrong_tags(buf, sizeof(buf));

	if (!wrong)
		return;
	fprintf(stderr, "%s/%s: the program is wrong: %s\n", hp_program_area(),
		hp_program_name(), wrong);
	exit(2);
}

/* Fails if the results could not be written. */
static int flushed(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "%s: cannot write to its standard output\n", hp_program_name());
	return 2;
}

int main(int argc, char **argv)
{
	enum { PAGE_SIZE = 256, CASE, SEED, SECONDS, PARAM, VERBOSE, LIST, DESCRIBE, HELP };
	static const struct option options[] = {
		{"page-size", required_argument, NULL, PAGE_SIZE},
		{"case", required_argument, NULL, CASE},
		{"seed", required_argument, NULL, SEED},
		{"seconds", required_argument, NULL, SECONDS},
		{"param", required_argument, NULL, PARAM},
		{"verbose", no_argument, NULL, VERBOSE},
		{"list", no_argument, NULL, LIST},
		{"describe", no_argument, NULL, DESCRIBE},
		{"help", no_argument, NULL, HELP},
		{NULL, 0, NULL, 0},
	};
	const struct hp_case *const *cases;
	const struct hp_case **chosen;
	int n = hp_cases(&cases), n_chosen = 0, option;
	const char *page_size = NULL;

	fill_standard_streams();
	find_sizes();
	refuse_wrong_program();
	chosen = calloc(argc + n, sizeof(*chosen));
	if (!chosen)
		return 2;
	for (int i = 0; i < MAX_PARAMS && hp_nth_parameter(i); i++)
		params[i] = *hp_nth_parameter(i);

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		int before = n_chosen;

		switch (option) {
		case PAGE_SIZE:
			page_size = optarg;
			break;
		case CASE:
			for (int i = 0; i < n; i++)
				if (!strcmp(cases[i]->name, optarg))
					chosen[n_chosen++] = cases[i];
			if (n_chosen == before)
				no_such_case(optarg);
			break;
		case SEED:
			hp_seed = number("--seed wants a number", optarg);
			break;
		case SECONDS:
			seconds_asked = seconds(optarg);
			break;
		case PARAM:
			set_param(optarg);
			break;
		case VERBOSE:
			hp_verbose = true;
			break;
		case LIST:
			for (int i = 0; i < n; i++)
				puts(cases[i]->name);
			return flushed(0);
		case DESCRIBE:
			hp_describe(stdout);
			return flushed(0);
		case HELP:
			usage();
			return flushed(0);
		default:
			return 2;
		}
	}
	if (optind < argc)
		usage_error("takes options only", argv[optind]);
	choose_page_size(page_size);
	return flushed(hp_supervise(n_chosen ? chosen : cases, n_chosen ? n_chosen : n));
}
