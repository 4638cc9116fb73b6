// Breaks: MADV_GUARD_INSTALL says that it is done where no guard can be.
// Seen as: a program believes that hugetlb or locked memory is guarded.
// Caught by: thp/guard.hugetlb thp/guard.locked
// Noticed by: thp/guard.locked, its own check
// Since: 6.13
// Changes: mm/madvise.c 1
@@ @@
madvise_guard_install(...)
{
<...
- return -EINVAL;
+ return 0;
...>
}
