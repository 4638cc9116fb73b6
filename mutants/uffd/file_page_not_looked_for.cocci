// Breaks: a copy of hugetlb does not look whether the file has the page already.
// Seen as: another error than EEXIST, and a page that comes and goes.
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
