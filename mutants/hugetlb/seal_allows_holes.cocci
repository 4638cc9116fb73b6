// Breaks: holes can be punched into a sealed memfd of hugetlb pages.
// Seen as: sealed contents change.
// Caught by: hugetlb/seals.no_write hugetlb/seals.future_write
// Noticed by: hugetlb/seals.no_write, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_punch_hole(...)
{
<...
- info->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)
+ info->seals & F_SEAL_SHRINK
...>
}
