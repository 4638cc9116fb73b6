// Breaks: a fault on a UFFDIO_POISON marker raises SIGBUS without BUS_MCEERR_AR.
// Seen as: a guest gets no machine check for memory that was lost during migration.
// Caught by: uffd/poison.told_* uffd/poison.whole_* uffd/poison.present_* uffd/poison.forked uffd/hugetlb.poison_*
// Noticed by: uffd/hugetlb.poison_private, its own check
// Changes: mm/memory.c 1, mm/hugetlb.c 1
@@ @@
handle_pte_marker(...)
{
<...
- return VM_FAULT_HWPOISON;
+ return VM_FAULT_SIGBUS;
...>
}
@@
expression m;
@@
hugetlb_fault(...)
{
<...
  if (m & PTE_MARKER_POISONED) {
- ret = VM_FAULT_HWPOISON_LARGE | VM_FAULT_SET_HINDEX(hstate_index(h));
+ ret = VM_FAULT_SIGBUS;
  ...
  }
...>
}
