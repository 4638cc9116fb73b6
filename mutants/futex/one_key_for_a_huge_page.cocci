// Breaks: words at the same offset of the base pages of a huge page are one futex.
// Seen as: FUTEX_WAKE wakes a waiter of another word, and the right one sleeps for ever.
// Caught by: futex/changes.remapped_tmpfs futex/changes.punched_* futex/changes.moved_* futex/words.each_tmpfs futex/words.each_hugetlb_shared futex/words.elsewhere_*
// Noticed by: futex/changes.remapped_tmpfs, its own check
// Changes: kernel/futex/core.c 1
@@ @@
get_futex_key(...)
{
<...
- key->shared.pgoff = folio->index + folio_page_idx(folio, page);
+ key->shared.pgoff = folio->index;
...>
}
