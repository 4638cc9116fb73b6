// Breaks: UFFDIO_CONTINUE makes a page where the file has none.
// Seen as: zeros in the place of a page that was to come.
// Caught by: uffd/minor.hole_*
// Noticed by: uffd/minor.hole_private, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
mfill_atomic_pte_continue(...)
{
<...
- SGP_NOALLOC
+ SGP_CACHE
...>
}
