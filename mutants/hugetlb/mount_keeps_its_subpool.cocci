// Breaks: the subpool of a mount is not freed at unmount.
// Seen as: kernel memory leaks (slab).
// Caught by: hugetlb/balance.mounted
// Noticed by: hugetlb/balance.mounted, its own check
// Changes: mm/hugetlb.c 1
@@ @@
unlock_or_release_subpool(...)
{
<...
- kfree(spool);
...>
}
