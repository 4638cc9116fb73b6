// Breaks: MADV_GUARD_INSTALL returns success where guards are not supported.
// Seen as: memory is believed to be guarded.
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
