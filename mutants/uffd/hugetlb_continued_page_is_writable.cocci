// Breaks: UFFDIO_CONTINUE maps the file's huge page writable in a private mapping.
// Seen as: private writes change the file.
// Caught by: uffd/hugetlb.minor_private
// Noticed by: uffd/hugetlb.minor_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- wp_enabled || (is_continue && !vm_shared)
+ wp_enabled
...>
}
