// Breaks: PR_THP_DISABLE_EXCEPT_ADVISED disables no huge pages.
// Seen as: memory without advice gets huge pages.
// Caught by: thp/refusal.but_advised thp/refusal.but_advised_khugepaged thp/refusal.but_advised_shmem thp/refusal.but_advised_collapse
// Since: 6.18
// Changes: include/linux/huge_mm.h 1
@@ @@
vma_thp_disabled(...)
{
<...
- mm_flags_test(MMF_DISABLE_THP_EXCEPT_ADVISED, vma->vm_mm)
+ false
...>
}
