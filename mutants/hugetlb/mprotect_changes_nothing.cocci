// Breaks: mprotect does not change the page table entries of huge pages.
// Seen as: memory made read-only can still be written.
// Caught by: hugetlb/mprotect
// Noticed by: hugetlb/mprotect.shared_read_only, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_change_protection(...)
{
<...
- pte = huge_pte_modify(old_pte, newprot);
+ pte = old_pte;
...>
}
