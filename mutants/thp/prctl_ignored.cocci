// Breaks: PR_SET_THP_DISABLE has no effect.
// Seen as: a process that refuses huge pages gets them.
// Caught by: thp/advice.by_prctl
// Changes: include/linux/huge_mm.h 1
@@ @@
vma_thp_disabled(...)
{
<...
- test_bit(MMF_DISABLE_THP, &vma->vm_mm->flags)
+ 0
...>
}
