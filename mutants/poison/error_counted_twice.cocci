// Breaks: a second error in a poisoned page is handled like the first.
// Seen as: HardwareCorrupted counts too much.
// Caught by: poison/page_types.twice
// Noticed by: poison/page_types.twice, its own check
// Changes: mm/memory-failure.c 1
@@ @@
memory_failure(...)
{
<...
- TestSetPageHWPoison(p)
+ (SetPageHWPoison(p), false)
...>
}
