// Breaks: F_SEAL_WRITE ignores pinned huge pages.
// Seen as: a device writes to sealed memory.
// Caught by: tmpfs/seals.pinned_huge hugetlb/seals.pinned
// Noticed by: tmpfs/seals.pinned_huge, its own check
// Changes: mm/memfd.c 1
@@ @@
memfd_folio_has_extra_refs(...)
{
...
- return
+ return !folio_test_large(folio) &&
  folio_ref_count(folio) - folio_mapcount(folio) != folio_nr_pages(folio);
}
