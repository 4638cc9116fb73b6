// Breaks: a pinned huge page is split.
// Seen as: device and process use different pages.
// Caught by: thp/split_folio.pinned
// Noticed by: thp/split_folio.pinned, crash
// Changes: mm/huge_memory.c 3
@@ @@
split_huge_page_to_list_to_order(...)
{
<...
(
- if (!can_split_folio(folio, 1, &extra_pins)) {
+ can_split_folio(folio, 1, &extra_pins);
+ if (0) {
	...
}
|
- folio_ref_freeze(folio, 1 + extra_pins)
+ folio_ref_freeze(folio, folio_ref_count(folio))
)
...>
}

@@ @@
split_huge_pages_pid(...)
{
<...
- !can_split_folio(folio, 0, NULL)
+ 0
...>
}
