// Breaks: UFFDIO_COPY_MODE_WP does not write-protect.
// Seen as: the first write after a copy is not reported.
// Caught by: uffd/write_protect.copied_* uffd/hugetlb.copied_*
// Noticed by: uffd/hugetlb.copied_private, its own check
// Changes: mm/userfaultfd.c 1, mm/hugetlb.c 1
@@ @@
mfill_atomic_install_pte(...)
{
<...
- flags & MFILL_ATOMIC_WP
+ 0
...>
}
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- bool wp_enabled = (flags & MFILL_ATOMIC_WP);
+ bool wp_enabled = false;
...>
}
