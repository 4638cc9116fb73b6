// Breaks: UFFDIO_COPY does not copy a source that it had to fault in.
// Seen as: the page has data of its previous user.
// Caught by: uffd/missing.no_source_* uffd/missing.far_source_*
// Noticed by: uffd/missing.no_source_shmem, its own check
// Changes: mm/userfaultfd.c 1
@@
expression a, b;
@@
mfill_atomic(...)
{
<...
- err = copy_from_user(a, b, PAGE_SIZE);
+ err = 0;
...>
}
