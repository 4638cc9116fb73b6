// Breaks: a device's page table walk returns the next page frame.
// Seen as: the device reads other data than the process.
// Caught by: hmm/migrate.where_it_is_* hmm/migrate.untouched_by_device_* hmm/thp.collapsed_shmem
// Noticed by: hmm/migrate.where_it_is_private, its own check
// Changes: mm/hmm.c 1
@@ @@
hmm_vma_handle_pte(...)
{
<...
- *hmm_pfn = pte_pfn(pte) | cpu_flags;
+ *hmm_pfn = (pte_pfn(pte) ^ 1) | cpu_flags;
...>
}
