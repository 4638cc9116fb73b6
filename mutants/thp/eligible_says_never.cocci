// Breaks: smaps says of no mapping that it is eligible for huge pages (THPeligible).
// Seen as: tools that report that huge pages are disabled where they are used.
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
