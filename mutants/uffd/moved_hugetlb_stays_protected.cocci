// Breaks: hugetlb pages moved by mremap stay write-protected without UFFD_FEATURE_EVENT_REMAP.
// Seen as: a write waits for a handler that does not know the address.
// Caught by: uffd/events_hugetlb.moved_untold_*
// Noticed by: uffd/events_hugetlb.moved_untold_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
move_huge_pte(...)
{
- bool need_clear_uffd_wp = vma_has_uffd_without_event_remap(vma);
+ bool need_clear_uffd_wp = false;
...
}
