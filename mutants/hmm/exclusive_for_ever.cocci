// Breaks: a device is not notified when a CPU takes back its exclusive page.
// Seen as: processor and device both have exclusive access.
// Caught by: hmm/exclusive.processor_touches
// Noticed by: hmm/exclusive.processor_touches, its own check
// Changes: mm/memory.c 2
@@ @@
remove_device_exclusive_entry(...)
{
<...
(
- mmu_notifier_invalidate_range_start(&range);
|
- mmu_notifier_invalidate_range_end(&range);
)
...>
}
