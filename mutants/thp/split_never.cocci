// Breaks: no huge page is ever split.
// Seen as: memory of partly unmapped huge pages is not freed.
// Caught by: thp/split_folio.anonymous thp/split_folio.shared_file thp/split_folio.orders thp/split_folio.forked thp/split_folio.partly_unmapped
// Noticed by: thp/split_folio.anonymous, its own check
// Changes: mm/huge_memory.c 1
@@ @@
split_huge_page_to_list_to_order(...)
{
<...
- if (new_order >= folio_order(folio))
+ if (folio)
	return -EINVAL;
...>
}
