// Breaks: the key of a futex in shared memory is its page frame instead of its place in the file.
// Seen as: a waiter is never woken after the page was migrated, collapsed or replaced.
// Caught by: futex/changes.collapsed_* futex/changes.migrated_tmpfs futex/changes.migrated_hugetlb_shared futex/changes.swapped_tmpfs
// Noticed by: futex/changes.collapsed_anon, its own check
// Changes: kernel/futex/core.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
get_futex_key(...)
{
<...
- key->shared.pgoff = folio->index + folio_page_idx(folio, page);
+ key->shared.pgoff = page_to_pfn(page);
...>
}
