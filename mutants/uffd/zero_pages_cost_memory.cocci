// Breaks: UFFDIO_ZEROPAGE allocates a page for each one in anonymous memory.
// Seen as: a range of zeros uses as much memory as any other.
// Caught by: uffd/zero_page.zeros_thp uffd/zero_page.whole_thp
// Noticed by: uffd/zero_page.zeros_thp, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
mfill_atomic_pte_zeropage(...)
{
<...
- mm_forbids_zeropage(dst_vma->vm_mm)
+ true
...>
}
