// Breaks: in a huge page of a file, words at the same offset of all base pages are one futex.
// Seen as: FUTEX_WAKE wakes waiters of another word, and the right ones sleep on.
// Caught by: futex/words.each_tmpfs futex/words.each_hugetlb_shared futex/words.forked_tmpfs futex/words.forked_hugetlb_shared futex/words.inherited_tmpfs futex/words.inherited_hugetlb_shared
// Noticed by: futex/words.each_hugetlb_shared, its own check
// Changes: kernel/futex/core.c 1
@@ @@
get_futex_key(...)
{
<...
- key->shared.pgoff = folio->index + folio_page_idx(folio, page);
+ key->shared.pgoff = folio->index;
...>
}
