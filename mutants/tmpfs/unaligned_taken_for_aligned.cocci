// Breaks: a huge page is mapped as one wherever it is touched, aligned to it or not.
// Seen as: a process reads other bytes of the file than it has mapped.
// Caught by: tmpfs/recovery.unaligned_other_* tmpfs/recovery.everyone_*
// Noticed by: tmpfs/accounting.whole_life_anon, kernel log
// Changes: mm/memory.c 1
@@ @@
do_set_pmd(...)
{
<...
- if (!thp_vma_suitable_order(vma, haddr, PMD_ORDER)) return ret;
...>
}
