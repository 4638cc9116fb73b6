// Breaks: the deferred split shrinker splits all queued huge pages, even fully mapped ones.
// Seen as: memory pressure splits huge pages in use.
// Caught by: thp/deferred_split.mapped_by_others thp/deferred_split.whole_again
// Noticed by: thp/deferred_split.whole_again, its own check
// Changes: mm/huge_memory.c 2
@ lists @ @@
thp_underused(...)
{
+ if (folio)
+	return true;
...
}

@ depends on lists @ @@
deferred_split_scan(...)
{
<...
- if (!folio_test_partially_mapped(folio)) {
+ if (folio) {
	...
}
...>
}
