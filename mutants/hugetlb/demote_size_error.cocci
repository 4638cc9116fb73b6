// Breaks: an invalid demote_size fails with ERANGE instead of EINVAL.
// Seen as: the wrong errno.
// Caught by: hugetlb/demote.no_such_size
// Noticed by: hugetlb/demote.no_such_size, its own check
// Changes: mm/hugetlb.c 3
// Guest: --memory 8G --hugepages 1G:2
// Sizes: 1G
@@ @@
demote_size_store(...)
{
<...
- return -EINVAL;
+ return -ERANGE;
...>
}
