// Breaks: smaps counts shared huge pages as private and private ones as shared.
// Seen as: Private_Hugetlb and Shared_Hugetlb are swapped.
// Caught by: hugetlb/smaps
// Noticed by: hugetlb/smaps.one_process, its own check
// Changes: fs/proc/task_mmu.c 2
@@
expression condition;
@@
smaps_hugetlb_range(...)
{
<...
  if (condition)
- mss->shared_hugetlb += huge_page_size(hstate_vma(vma));
+ mss->private_hugetlb += huge_page_size(hstate_vma(vma));
  else
- mss->private_hugetlb += huge_page_size(hstate_vma(vma));
+ mss->shared_hugetlb += huge_page_size(hstate_vma(vma));
...>
}
