// Breaks: cachestat accepts flags that nobody has defined, and hugetlb files.
// Seen as: programs cannot learn what the kernel supports; figures of hugetlb files mean nothing.
// Caught by: tmpfs/cachestat.refused tmpfs/cachestat.hugetlb
// Noticed by: tmpfs/cachestat.refused, its own check
// Changes: mm/filemap.c 2
@@ @@
- is_file_hugepages(fd_file(f))
+ false
@@ @@
- flags != 0
+ false
