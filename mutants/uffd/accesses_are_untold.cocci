// Breaks: PAGEMAP_SCAN finds no accesses of pages that RWP_ASYNC made accessible.
// Seen as: a working set is empty.
// Caught by: uffd/rw_protect.async_base uffd/rw_protect.async_mthp uffd/rw_protect.async_shmem
// Since: 7.3
// Changes: fs/proc/task_mmu.c 2
@@
identifier categories;
@@
pagemap_page_category(...)
{
<...
- categories |= PAGE_IS_ACCESSED;
+ ;
...>
}
