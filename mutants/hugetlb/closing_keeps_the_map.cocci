// Breaks: the reservation map of a private mapping is not freed at munmap.
// Seen as: kernel memory leaks (slab).
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
