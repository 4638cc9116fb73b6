// Breaks: a device is not told that a processor has taken its exclusive page back.
// Seen as: both think that they have it alone.
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
