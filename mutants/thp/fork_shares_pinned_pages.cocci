// Breaks: fork shares pinned huge pages instead of copying them.
// Seen as: device and process use different pages.
// Caught by: thp/pinned_cow.parent_keeps
// Noticed by: thp/pinned_cow.parent_keeps, its own check
// Changes: include/linux/rmap.h 1
@@ @@
__folio_try_dup_anon_rmap(...)
{
<...
- maybe_pinned = likely(!folio_is_device_private(folio)) && unlikely(folio_needs_cow_for_dma(src_vma, folio));
+ maybe_pinned = false;
...>
}
