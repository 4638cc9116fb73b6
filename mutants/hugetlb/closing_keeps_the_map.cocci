// Breaks: the map of a private mapping's reservations is kept when it is unmapped.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
// Caught by: hugetlb/balance.private hugetlb/balance.untouched
// Noticed by: hugetlb/balance.private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_vm_op_close(...)
{
<...
- kref_put(&resv->refs, resv_map_release);
...>
}
