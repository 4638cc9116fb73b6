// Breaks: installing a guard in a huge page drops the whole huge page.
// Seen as: memory next to the guard reads as zeros.
// Caught by: thp/guard.installed_thp thp/guard.kept_thp_*
// Noticed by: thp/guard.installed_thp, its own check
// Since: 6.13
// Changes: mm/madvise.c 1
@@
expression vma, range;
@@
madvise_guard_install(...)
{
<...
- zap_vma_range(vma, range->start, range->end - range->start);
+ zap_vma_range(vma, max(range->start & PMD_MASK, vma->vm_start), range->end - max(range->start & PMD_MASK, vma->vm_start));
...>
}
