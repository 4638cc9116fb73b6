// Breaks: UFFDIO_CONTINUE allocates a page for a hole of the file.
// Seen as: zeros are read instead of the handler's data.
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
