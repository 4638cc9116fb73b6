// Breaks: an impossible demote_size is refused with ERANGE in place of EINVAL.
// Seen as: a tool takes a wrong size for a large one.
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
