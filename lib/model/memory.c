// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/memory.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

/* Allocates a page for a slot, from its reservation if it has one. NULL: none available. */
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

/* Drops a slot's reference to its page. Returns true if that was the last one. */
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
 * Removes pages from a private mapping that remains, including the file's pages that it
 * maps. Whether reservations are restored is decided once, from the surplus before any page
 * is freed.
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

/* Releases the reservations of a range of slots. */
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
	/* Only the parent keeps the reservations. */
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

/* Removes pages of the file, and the copies of private mappings. */
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
	/* Unlike truncation, punching a hole keeps unused reservations. */
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
 * A fault: returns the slot of the page that a mapping accesses, after allocating a page if
 * necessary; NULL: SIGBUS.
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
 * If the owner of the reservation gets no page for a copy on write, the kernel unmaps the
 * shared page from the children, and the owner reuses it.
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
