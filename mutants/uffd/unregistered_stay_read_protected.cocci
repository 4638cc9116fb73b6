// Breaks: UFFDIO_UNREGISTER leaves pages inaccessible that UFFDIO_RWPROTECT protected.
// Seen as: the pages are shown as protected for ever.
// Caught by: uffd/rw_protection_stays.unregistered_* uffd/rw_protect.ended_closed_*
// Since: 7.3
// Changes: mm/userfaultfd.c 1
@@ @@
userfaultfd_clear_vma(...)
{
<...
- if (userfaultfd_protected(vma)) {
+ if (userfaultfd_wp(vma)) {
...
 }
...>
}
