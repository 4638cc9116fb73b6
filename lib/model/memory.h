/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of huge pages, the mappings of them, and forks: who holds which page, who was
 * promised one, and what each page holds. Whatever is done here changes the model of the
 * pool as the kernel must change its own. Sources: mmap(2), fork(2), fallocate(2),
 * madvise(2), Documentation/mm/hugetlbfs_reserv.rst.
 *
 * Page numbers count from the start of the file; a mapping begins there. Nothing is to
 * be released.
 */
#ifndef HP_MODEL_MEMORY_H
#define HP_MODEL_MEMORY_H

#include "model/pool.h"

#include <stdint.h>

#define HP_MODEL_LENGTH   8 /* pages of a file or mapping, at most */
#define HP_MODEL_MAPPINGS 4 /* of a file, at most */

struct hp_model_page {
	int users; /* page tables of private mappings, or the file; 0: not in use */
	int node;
	uint64_t value; /* what was written to it last */
};

/* Where a page can be: in a file, or as a private mapping's own. */
struct hp_model_slot {
	struct hp_model_page *page; /* NULL: none */
	bool promised;              /* reserved for this place, and not used */
};

struct hp_model_mapping {
	bool shared;
	bool owner;   /* private, and holds the reservation: made by mmap, not by fork */
	bool reduced; /* a page was taken from it: it gets no new one (SIGBUS) */
	long pages;
	struct hp_model_slot own[HP_MODEL_LENGTH];
	bool sees_file[HP_MODEL_LENGTH]; /* private, and maps the file's page */
};

struct hp_model_memory {
	struct hp_model_pool pool;
	/*
	 * Whether a private page that its owner drops (truncation, MADV_DONTNEED) is
	 * promised to its place again: kernels since "mm/hugetlb: restore the reservation
	 * if needed" (2024) do so, unless there is surplus to get rid of.
	 */
	bool restores;
	/* The file. */
	long size; /* pages */
	struct hp_model_slot file[HP_MODEL_LENGTH];
	struct hp_model_mapping *mapping[HP_MODEL_MAPPINGS];
	struct hp_model_page page[4 * HP_MODEL_LENGTH];
};

/* flags as for mmap: MAP_SHARED or MAP_PRIVATE, MAP_NORESERVE. False: ENOMEM. */
bool hp_model_map(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		  long pages, int flags);

/* A child gets a copy of its parent's mapping. */
void hp_model_fork(struct hp_model_memory *memory, const struct hp_model_mapping *parent,
		   struct hp_model_mapping *child);

/* munmap, or exit. */
void hp_model_unmap(struct hp_model_memory *memory, struct hp_model_mapping *mapping);

/* The last user of the file is gone: no descriptor and no mapping. */
void hp_model_evict(struct hp_model_memory *memory);

/* An access. False: SIGBUS. Reading tells the value found. */
bool hp_model_read(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		   long page, uint64_t *value);
bool hp_model_write(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		    long page, uint64_t value);

/* MADV_DONTNEED of some pages of a mapping. */
void hp_model_drop(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		   long first, long pages);

/* ftruncate; fallocate's FALLOC_FL_PUNCH_HOLE; fallocate (false: ENOSPC). */
void hp_model_truncate(struct hp_model_memory *memory, long pages);
void hp_model_punch(struct hp_model_memory *memory, long first, long pages);
bool hp_model_fallocate(struct hp_model_memory *memory, long first, long pages);

#endif
