// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/others.h"
#include "observe/text.h"

#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool has_hugetlb(pid_t pid, struct hp_other *other)
{
	char path[64], text[8192], *name;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (hp_read_text(path, text, sizeof(text)) < 0)
		return false;
	other->pid = pid;
	other->hugetlb_kb = hp_field(text, "HugetlbPages");
	/* "Name:\tcat\n..." */
	name = strchr(text, '\t');
	snprintf(other->name, sizeof(other->name), "%.*s",
		 name ? (int)strcspn(name + 1, "\n") : 0, name ? name + 1 : "");
	return other->hugetlb_kb > 0;
}

bool hp_other_with_hugetlb(struct hp_other *other, bool (*ours)(pid_t pid))
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	bool found = false;

	while (proc && !found && (entry = readdir(proc))) {
		pid_t pid =
			isdigit((unsigned char)*entry->d_name) ? atoi(entry->d_name) : 0;

		found = pid && !ours(pid) && has_hugetlb(pid, other);
	}
	if (proc)
		closedir(proc);
	return found;
}

long long hp_ran_ns(pid_t pid)
{
	char path[64], text[128];
	long long ran;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	if (hp_read_text(path, text, sizeof(text)) < 0 || sscanf(text, "%lld", &ran) != 1)
		return -1;
	return ran;
}

long long hp_waited_ns(pid_t pid)
{
	char path[320], text[128];
	long long waited, most = 0;
	const struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid,
			 entry->d_name);
		if (hp_read_text(path, text, sizeof(text)) >= 0 &&
		    sscanf(text, "%*d %lld", &waited) == 1 && waited > most)
			most = waited;
	}
	if (tasks)
		closedir(tasks);
	return most;
}

long long hp_used_ns(pid_t pid)
{
	/* The CPU-time clock of the process. */
	clockid_t clock;
	struct timespec used;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used))
		return 0;
	return used.tv_sec * 1000000000LL + used.tv_nsec;
}

char hp_process_state(pid_t pid)
{
	char path[64], text[1024], *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (hp_read_text(path, text, sizeof(text)) < 0 || !(end = strrchr(text, ')')) ||
	    strlen(end) < 3)
		return '?';
	return end[2];
}

long hp_voluntary_switches(pid_t pid)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (hp_read_text(path, text, sizeof(text)) < 0)
		return -1;
	return hp_field(text, "voluntary_ctxt_switches");
}

/* Calls each(pid, name) for every process until it returns true; returns that process. */
static pid_t each_process(bool (*each)(pid_t pid, const char *name, void *arg), void *arg)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		pid_t pid =
			isdigit((unsigned char)*entry->d_name) ? atoi(entry->d_name) : 0;
		char path[64], text[64];

		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		if (!pid || hp_read_text(path, text, sizeof(text)) <= 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (each(pid, text, arg))
			found = pid;
	}
	if (proc)
		closedir(proc);
	return found;
}

static bool is_named(pid_t pid, const char *name, void *wanted)
{
	(void)pid;
	return !strcmp(name, wanted);
}

pid_t hp_process_named(const char *name)
{
	return each_process(is_named, (void *)(uintptr_t)name);
}

struct daemons {
	const char *const *names; /* prefixes of their names */
	pid_t *pid;
	int n, most;
};

static bool add_daemon(pid_t pid, const char *name, void *arg)
{
	struct daemons *found = arg;

	for (int i = 0; found->names[i]; i++)
		if (found->n < found->most &&
		    !strncmp(name, found->names[i], strlen(found->names[i])))
			found->pid[found->n++] = pid;
	return false;
}

int hp_kernel_daemons(pid_t *pid, int n)
{
	static const char *const few[] = {"khugepaged", "kcompactd", "kswapd", NULL};
	static const char *const many[] = {"kworker/", NULL};
	struct daemons found = {.names = few, .pid = pid, .most = n};

	/*
	 * Large machines have thousands of kworkers, which would fill the array: find the
	 * others first.
	 */
	each_process(add_daemon, &found);
	found.names = many;
	each_process(add_daemon, &found);
	return found.n;
}

static const char *const thp_settings[HP_THP_SETTINGS] = {
	"enabled",
	"defrag",
	"shmem_enabled",
	"use_zero_page",
	"khugepaged/defrag",
	"khugepaged/max_ptes_none",
	"khugepaged/pages_to_scan",
	"khugepaged/scan_sleep_millisecs",
	"khugepaged/alloc_sleep_millisecs",
};

void hp_thp_settings_read(struct hp_thp_settings *settings)
{
	char path[128];

	for (int i = 0; i < HP_THP_SETTINGS; i++) {
		char *value = settings->value[i];

		snprintf(path, sizeof(path), "/sys/kernel/mm/transparent_hugepage/%s",
			 thp_settings[i]);
		if (hp_read_text(path, value, sizeof(settings->value[i])) < 0)
			value[0] = '\0';
		value[strcspn(value, "\n")] = '\0';
	}
}

bool hp_thp_settings_changed(const struct hp_thp_settings *before,
			     const struct hp_thp_settings *after, char *buf, size_t len)
{
	size_t used = 0;

	for (int i = 0; i < HP_THP_SETTINGS && used < len; i++)
		if (strcmp(before->value[i], after->value[i]))
			used += (size_t)snprintf(buf + used, len - used,
						 "%s%s is \"%s\", was \"%s\"",
						 used ? ", " : "", thp_settings[i],
						 after->value[i], before->value[i]);
	return used;
}

long hp_free_blocks(size_t size)
{
	size_t block = (size_t)sysconf(_SC_PAGESIZE);
	char text[16384], *line, *save = NULL;
	int order = 0;
	long blocks = 0;
	bool there = false;

	while (block << order < size)
		order++;
	if (hp_read_text("/proc/buddyinfo", text, sizeof(text)) < 0)
		return -1;
	/* "Node 0, zone Normal 7 9 ...": one column per order. */
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *word, *words = NULL, *zone = strstr(line, "zone");
		int column = -2;

		if (!zone)
			continue;
		for (word = strtok_r(zone, " ", &words); word;
		     word = strtok_r(NULL, " ", &words), column++) {
			if (column < order)
				continue;
			there = true;
			blocks += atol(word) << (column - order);
		}
	}
	return there ? blocks : -1;
}
