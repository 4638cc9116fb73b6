// Breaks: a fault makes a PMD mapping despite MADV_NOHUGEPAGE.
// Seen as: memory with MADV_NOHUGEPAGE has PMD mappings.
// Caught by: tmpfs/recovery.unwilling_other_* tmpfs/recovery.everyone_*
// Noticed by: tmpfs/recovery.unwilling_other_anon, its own check
// Changes: mm/memory.c 1
@@ @@
do_set_pmd(...)
{
<...
- thp_disabled_by_hw() || vma_thp_disabled(vma, vma->vm_flags)
+ thp_disabled_by_hw()
...>
}
