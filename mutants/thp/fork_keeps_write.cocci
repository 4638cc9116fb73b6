// Breaks: fork does not write-protect the parent's huge pages.
// Seen as: the child sees what the parent writes.
// Caught by: thp/pinned_cow.pinned_after_fork
// Noticed by: thp/pinned_cow.pinned_after_fork, kernel log
// Changes: mm/huge_memory.c 1
@@ @@
copy_huge_pmd(...)
{
<...
- pmdp_set_wrprotect(src_mm, addr, src_pmd);
...>
}
