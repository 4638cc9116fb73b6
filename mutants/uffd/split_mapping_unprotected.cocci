// Breaks: splitting a write-protected huge page does not write-protect the base pages.
// Seen as: a snapshot misses what is written to split huge pages.
// Caught by: uffd/protection_stays.split_whole
// Noticed by: uffd/protection_stays.split_whole, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- uffd_wp = pmd_uffd_wp(old_pmd);
+ uffd_wp = false;
...>
}
