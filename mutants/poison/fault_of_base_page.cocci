// Breaks: a fault on a poisoned huge page reports the size of a base page.
// Seen as: si_addr_lsb is wrong, and a program discards too little.
// Caught by: poison/hugetlb_private.shared_by_fork poison/life_after.forked_private poison/no_fresh_page.private
// Noticed by: poison/hugetlb_private.shared_by_fork, its own check
// Changes: mm/hugetlb.c 2
@@ @@
hugetlb_fault(...)
{
<...
- VM_FAULT_HWPOISON_LARGE | VM_FAULT_SET_HINDEX(hstate_index(h))
+ VM_FAULT_HWPOISON
...>
}
