/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A model of files of huge pages, their mappings, and forks: which pages are used and
 * reserved by which of them, and the contents of each page. Each function changes the model
 * of the pool as the kernel must change its pool. Sources: mmap(2), fork(2), fallocate(2),
 * madvise(2), Documentation/mm/hugetlbfs_reserv.rst.
 *
 * Page numbers count from the start of the file, where mappings begin as well. Nothing
 * needs to be freed.
 */
#ifndef HP_MODEL_MEMORY_H
#define HP_MODEL_MEMORY_H

#include "model/pool.h"

#include <stdint.h>

#define HP_MODEL_LENGTH   8 /* most pages of a file or mapping */
#define HP_MODEL_MAPPINGS 4 /* most mappings of a file */

struct hp_model_page {
	int users; /* references from private mappings, or the file; 0: free */
	int node;
	uint64_t value; /* last value written */
};

/* A slot for a page: in a file, or private to a mapping. */
struct hp_model_slot {
	struct hp_model_page *page; /* NULL: none */
	bool promised;              /* a page is reserved for this slot, and not used yet */
};

struct hp_model_mapping {
	bool shared;
	bool owner;   /* private, and owns the reservation: made by mmap(), not by fork() */
	bool reduced; /* the owner took a page from it: further faults get SIGBUS */
	long pages;
	struct hp_model_slot own[HP_MODEL_LENGTH];
	bool sees_file[HP_MODEL_LENGTH]; /* private, and maps the page of the file */
};

struct hp_model_memory {
	struct hp_model_pool pool;
	/*
	 * Whether the reservation of a private page is restored when its owner drops the
	 * page (truncation, MADV_DONTNEED): kernels since "mm/hugetlb: restore the
	 * reservation if needed" (2024) do so, unless there are surplus pages.
	 */
	bool restores;
	/* The file. */
	long size; /* pages */
	struct hp_model_slot file[HP_MODEL_LENGTH];
	struct hp_model_mapping *mapping[HP_MODEL_MAPPINGS];
	struct hp_model_page page[4 * HP_MODEL_LENGTH];
};

/* mmap(): flags are MAP_SHARED or MAP_PRIVATE, and MAP_NORESERVE. False: ENOMEM. */
bool hp_model_map(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		  long pages, int flags);

/* fork(): the child gets a copy of its parent's mapping. */
void hp_model_fork(struct hp_model_memory *memory, const struct hp_model_mapping *parent,
		   struct hp_model_mapping *child);

/* munmap() or exit(). */
void hp_model_unmap(struct hp_model_memory *memory, struct hp_model_mapping *mapping);

/* The file is deleted: it has neither descriptors nor mappings any more. */
void hp_model_evict(struct hp_model_memory *memory);

/* An access. False: SIGBUS. *value is the expected content. */
bool hp_model_read(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		   long page, uint64_t *value);
bool hp_model_write(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		    long page, uint64_t value);

/* madvise(MADV_DONTNEED) of a range of a mapping. */
void hp_model_drop(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		   long first, long pages);

/* ftruncate(), fallocate(FALLOC_FL_PUNCH_HOLE), and fallocate() (false: ENOSPC). */
void hp_model_truncate(struct hp_model_memory *memory, long pages);
void hp_model_punch(struct hp_model_memory *memory, long first, long pages);
bool hp_model_fallocate(struct hp_model_memory *memory, long first, long pages);

#endif
