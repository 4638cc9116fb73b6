// Breaks: /proc/sysvipc/shm counts each huge page of a segment several times.
// Seen as: the rss is too large.
// Caught by: hugetlb/sysv_part.given_back hugetlb/sysv_part.unmapped_first
// Noticed by: hugetlb/sysv_part.given_back, its own check
// Changes: ipc/shm.c 1
@@ @@
shm_add_rss_swap(...)
{
<...
- *rss_add += READ_ONCE(inode->i_mapping->nrpages);
+ *rss_add += READ_ONCE(inode->i_mapping->nrpages) * (is_file_hugepages(shp->shm_file) ? 512 : 1);
...>
}
