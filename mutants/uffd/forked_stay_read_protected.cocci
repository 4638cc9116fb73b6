// Breaks: a child inherits inaccessible pages of UFFDIO_RWPROTECT without a userfaultfd.
// Seen as: a child cannot read its memory, or is told of a hint for NUMA balancing.
// Caught by: uffd/rw_protection_stays.forked_base uffd/rw_protection_stays.forked_mthp
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
__copy_present_ptes(...)
{
<...
- if (!userfaultfd_protected(dst_vma)) {
+ if (0) {
...
 }
...>
}
