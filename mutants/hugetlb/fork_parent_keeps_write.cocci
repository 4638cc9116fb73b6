// Breaks: fork does not write-protect the parent's private huge pages.
// Seen as: the child sees what the parent writes after the fork.
// Caught by: hugetlb/private_cow
// Noticed by: hugetlb/private_cow.parent_writes, its own check
// Changes: mm/hugetlb.c 1
@@ @@
copy_hugetlb_page_range(...)
{
<...
- huge_ptep_set_wrprotect(...);
...>
}
