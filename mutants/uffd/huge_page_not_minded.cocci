// Breaks: UFFDIO_COPY onto a huge page fails with EFAULT instead of EEXIST.
// Seen as: the wrong errno.
// Caught by: uffd/missing.present_* uffd/zero_page.present_*
// Noticed by: uffd/missing.present_shmem, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
mfill_atomic(...)
{
<...
  if (unlikely(!pmd_present(dst_pmdval) || pmd_trans_huge(dst_pmdval) || pmd_devmap(dst_pmdval)))
  {
- err = -EEXIST;
+ err = -EFAULT;
  break;
  }
...>
}
