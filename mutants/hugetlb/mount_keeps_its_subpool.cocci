// Breaks: the account of a mount's pages is kept when it is unmounted.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
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
