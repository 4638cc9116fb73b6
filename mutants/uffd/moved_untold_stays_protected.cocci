// Breaks: pages moved by mremap stay write-protected without UFFD_FEATURE_EVENT_REMAP.
// Seen as: a write waits for a handler that does not know the address.
// Caught by: uffd/protection_stays.moved_untold_base uffd/protection_stays.moved_untold_mthp uffd/protection_stays.moved_untold_thp
// Noticed by: uffd/protection_stays.moved_untold_base, its own check
// Changes: mm/mremap.c 1
@@ @@
move_ptes(...)
{
- bool need_clear_uffd_wp = vma_has_uffd_without_event_remap(vma);
+ bool need_clear_uffd_wp = false;
...
}
