// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/memory.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

/* A new page for a place, from its promise if it has one. NULL: there is none. */
static struct hp_model_page *take(struct hp_model_memory *memory,
				  struct hp_model_slot *place)
{
	struct hp_model_page *page = memory->page;
	int node = hp_model_take(&memory->pool, place->promised);

	if (node < 0)
		return NULL;
	while (page->users)
		page++;
	place->promised = false;
	*page = (struct hp_model_page){.users = 1, .node = node};
	return page;
}

/* True when that was its last user. */
static bool put(struct hp_model_memory *memory, struct hp_model_slot *place)
{
	struct hp_model_page *page = place->page;

	place->page = NULL;
	if (!page || --page->users)
		return false;
	hp_model_release(&memory->pool, page->node);
	return true;
}

/*
 * Pages are dropped from a private mapping that stays, with the file's that it sees.
 * They go back together, so that surplus that goes with the first counts for the last.
 */
static void drop(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		 long first, long end)
{
	bool restores = memory->restores && mapping->owner && !hp_model_surp(&memory->pool);

	for (long i = first; i < end && i < mapping->pages; i++) {
		mapping->sees_file[i] = false;
		if (put(memory, &mapping->own[i]) && restores) {
			mapping->own[i].promised = true;
			memory->pool.rsvd++;
		}
	}
}

/* Promises to places that have them are taken back. */
static void take_back(struct hp_model_memory *memory, struct hp_model_slot *places,
		      long first, long end)
{
	long promised = 0;

	for (long i = first; i < end; i++) {
		promised += places[i].promised;
		places[i].promised = false;
	}
	hp_model_unreserve(&memory->pool, promised);
}

static void add_mapping(struct hp_model_memory *memory, struct hp_model_mapping *mapping)
{
	for (int i = 0; i < HP_MODEL_MAPPINGS; i++) {
		if (!memory->mapping[i]) {
			memory->mapping[i] = mapping;
			return;
		}
	}
}

bool hp_model_map(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		  long pages, int flags)
{
	bool shared = flags & MAP_SHARED, reserves = !(flags & MAP_NORESERVE);
	struct hp_model_slot *places = shared ? memory->file : mapping->own;
	long missing = 0;

	*mapping = (struct hp_model_mapping){
		.shared = shared, .owner = !shared && reserves, .pages = pages};
	for (long i = 0; i < pages; i++)
		missing += reserves && !places[i].page && !places[i].promised;
	if (!hp_model_reserve(&memory->pool, missing))
		return false;
	for (long i = 0; i < pages; i++)
		places[i].promised |= reserves && !places[i].page;
	if (memory->size < pages)
		memory->size = pages;
	add_mapping(memory, mapping);
	return true;
}

void hp_model_fork(struct hp_model_memory *memory, const struct hp_model_mapping *parent,
		   struct hp_model_mapping *child)
{
	*child = *parent;
	/* The promises are the parent's alone. */
	child->owner = false;
	for (long i = 0; i < child->pages; i++) {
		child->own[i].promised = false;
		if (child->own[i].page)
			child->own[i].page->users++;
	}
	add_mapping(memory, child);
}

void hp_model_unmap(struct hp_model_memory *memory, struct hp_model_mapping *mapping)
{
	for (int i = 0; i < HP_MODEL_MAPPINGS; i++)
		if (memory->mapping[i] == mapping)
			memory->mapping[i] = NULL;
	if (mapping->shared)
		return;
	for (long i = 0; i < mapping->pages; i++)
		put(memory, &mapping->own[i]);
	take_back(memory, mapping->own, 0, mapping->pages);
}

/* Pages of the file, and what private mappings copied of them. */
static void remove_pages(struct hp_model_memory *memory, long first, long end)
{
	for (int i = 0; i < HP_MODEL_MAPPINGS; i++)
		if (memory->mapping[i])
			drop(memory, memory->mapping[i], first, end);
	for (long page = first; page < end; page++)
		put(memory, &memory->file[page]);
}

void hp_model_truncate(struct hp_model_memory *memory, long pages)
{
	remove_pages(memory, pages, HP_MODEL_LENGTH);
	take_back(memory, memory->file, pages, HP_MODEL_LENGTH);
	memory->size = pages;
}

void hp_model_evict(struct hp_model_memory *memory)
{
	hp_model_truncate(memory, 0);
}

void hp_model_punch(struct hp_model_memory *memory, long first, long pages)
{
	/* Unlike truncation, it leaves places that were promised a page their promise. */
	remove_pages(memory, first, first + pages);
}

bool hp_model_fallocate(struct hp_model_memory *memory, long first, long pages)
{
	for (long i = first; i < first + pages; i++) {
		struct hp_model_slot *place = &memory->file[i];

		if (!place->page)
			place->page = take(memory, place);
		if (!place->page)
			return false;
	}
	if (memory->size < first + pages)
		memory->size = first + pages;
	return true;
}

void hp_model_drop(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		   long first, long pages)
{
	if (!mapping->shared)
		drop(memory, mapping, first, first + pages);
}

/*
 * The place through which a mapping reaches a page, with the page there if one could be
 * had; NULL: SIGBUS.
 */
static struct hp_model_slot *reach(struct hp_model_memory *memory,
				   struct hp_model_mapping *mapping, long page)
{
	struct hp_model_slot *own = &mapping->own[page], *file = &memory->file[page];
	struct hp_model_slot *place = mapping->shared ? file : own;

	if (place->page)
		return place;
	if (page >= memory->size)
		return NULL;
	if (!mapping->shared && mapping->sees_file[page])
		return file;
	if (mapping->reduced)
		return NULL;
	if (!mapping->shared && file->page) {
		mapping->sees_file[page] = true;
		return file;
	}
	place->page = take(memory, place);
	return place->page ? place : NULL;
}

bool hp_model_read(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		   long page, uint64_t *value)
{
	struct hp_model_slot *place = reach(memory, mapping, page);

	if (place)
		*value = place->page->value;
	return place;
}

/*
 * The owner of a reservation that finds no page for its copy gets the one there is:
 * those who share it by a fork lose it.
 */
static void take_from_others(struct hp_model_memory *memory,
			     const struct hp_model_mapping *owner, long page)
{
	for (int i = 0; i < HP_MODEL_MAPPINGS; i++) {
		struct hp_model_mapping *other = memory->mapping[i];

		if (other && other != owner && !other->owner) {
			put(memory, &other->own[page]);
			other->sees_file[page] = false;
			other->reduced = true;
		}
	}
}

static bool copy(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		 long page, const struct hp_model_page *from)
{
	struct hp_model_slot *own = &mapping->own[page];
	struct hp_model_page *to = take(memory, own);

	if (!to)
		return false;
	to->value = from->value;
	if (own->page)
		own->page->users--;
	own->page = to;
	mapping->sees_file[page] = false;
	return true;
}

bool hp_model_write(struct hp_model_memory *memory, struct hp_model_mapping *mapping,
		    long page, uint64_t value)
{
	struct hp_model_slot *place = reach(memory, mapping, page);
	bool of_file = place == &memory->file[page];

	if (!place)
		return false;
	if (!mapping->shared && (of_file || place->page->users > 1) &&
	    !copy(memory, mapping, page, place->page)) {
		if (of_file || !mapping->owner)
			return false;
		take_from_others(memory, mapping, page);
	}
	place = mapping->shared ? &memory->file[page] : &mapping->own[page];
	place->page->value = value;
	return true;
}
