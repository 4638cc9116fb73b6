// Breaks: UFFDIO_COPY of hugetlb does not check whether the file has the page.
// Seen as: another error than EEXIST, and a page that is allocated and freed.
// Caught by: uffd/reservation.exists_in_file
// Noticed by: uffd/reservation.exists_in_file, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
  if (vm_shared && hugetlbfs_pagecache_present(h, dst_vma, dst_addr)) {
- ret = -EEXIST;
+ ret = -ENOSPC;
  goto out;
  }
...>
}
