// Breaks: a second error in a page that is bad already is handled as a first.
// Seen as: HardwareCorrupted counts more than there is.
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
