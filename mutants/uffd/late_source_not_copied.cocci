// Breaks: a source that is not there at once is not copied.
// Seen as: a page with the bytes of whoever had it before.
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
