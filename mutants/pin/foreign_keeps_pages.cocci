// Breaks: process_vm_readv and _writev leave the pages pinned.
// Seen as: the pages cannot be migrated.
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
