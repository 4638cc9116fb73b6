// Breaks: HugetlbPages of a process keeps a page that it lost to a memory error.
// Seen as: status tells more than is mapped.
// Caught by: poison/life_after.reported_*
// Noticed by: poison/life_after.reported_private, its own check
// Changes: mm/rmap.c 1
@@ @@
try_to_unmap_one(...)
{
<...
- hugetlb_count_sub(folio_nr_pages(folio), mm);
...>
}
