// Breaks: a huge page that is protected as a whole is not by base pages when it is split.
// Seen as: a snapshot misses what is written to huge pages that were split.
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
