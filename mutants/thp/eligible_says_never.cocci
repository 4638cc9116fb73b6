// Breaks: THPeligible in smaps is 0 for every mapping.
// Seen as: tools report huge pages as disabled where they are used.
// Caught by: thp/eligible.anon_always thp/eligible.anon_madvise_advised
// Noticed by: thp/eligible.anon_always, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
show_smap(...)
{
<...
- !!thp_vma_allowable_orders(...)
+ 0
...>
}
