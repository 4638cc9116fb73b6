// Breaks: pages of another process that were read or written stay pinned.
// Seen as: a checkpointed process cannot be migrated any more.
// Caught by: pin/foreign.reaches_hugetlb
// Noticed by: pin/foreign.reaches_hugetlb, counters
// Changes: mm/process_vm_access.c 1
@@ @@
process_vm_rw_single_vec(...)
{
<...
- unpin_user_pages_dirty_lock(...);
+ ;
...>
}
