// Breaks: MADV_COLLAPSE goes on to the end of the mapping once it let go of the lock.
// Seen as: more is made huge than was asked for.
// Caught by: thp/collapse.no_further_*
// Noticed by: thp/collapse.no_further_anon, its own check
// Changes: mm/khugepaged.c 1
// History: commit 52dc031088f0, "mm/MADV_COLLAPSE: don't expand collapse when vm_end is past
//   requested end"
@@ @@
madvise_collapse(...)
{
<...
- hend = min(hend, vma->vm_end & HPAGE_PMD_MASK);
+ hend = vma->vm_end & HPAGE_PMD_MASK;
...>
}
