// Breaks: UFFDIO_CONTINUE makes a page where the file has none.
// Seen as: zeros in the place of a page that was to come.
// Caught by: uffd/minor.hole_*
// Changes: mm/userfaultfd.c 1
@@ @@
mfill_atomic_pte_continue(...)
{
<...
- SGP_NOALLOC
+ SGP_CACHE
...>
}
