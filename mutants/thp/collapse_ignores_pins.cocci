// Breaks: a collapse replaces pinned pages.
// Seen as: a device writes to a page that is not mapped any more.
// Caught by: thp/collapse.pinned thp/khugepaged.pinned
// Noticed by: thp/collapse.pinned, its own check
// Changes: mm/khugepaged.c 1
@@ @@
is_refcount_suitable(...)
{
...
- return folio_ref_count(folio) == expected_refcount;
+ return folio_ref_count(folio) >= expected_refcount;
}
