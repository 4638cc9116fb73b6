// Breaks: a fault makes a PMD mapping although the mapping is unaligned.
// Seen as: the process reads another part of the file.
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
