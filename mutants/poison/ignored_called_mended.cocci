// Breaks: an ignored error is reported as recovered.
// Seen as: "Recovered" in the kernel log and the counters.
// Caught by: poison/page_types_kernel.zero_page poison/page_types_kernel.kernel_text
// Noticed by: poison/page_types_kernel.zero_page, its own check
// Changes: mm/memory-failure.c 1
@@ @@
action_result(...)
{
+ if (result == MF_IGNORED) result = MF_RECOVERED;
trace_memory_failure_event(...);
...
}
