// Breaks: MADV_DONTNEED of a part of a huge page drops all of it.
// Seen as: data of the rest is lost.
// Caught by: thp/split_mapping.dontneed_part
// Noticed by: thp/split_mapping.dontneed_part, its own check
// Changes: mm/memory.c 1
@@ @@
zap_pmd_range(...)
{
<...
- next - addr != HPAGE_PMD_SIZE
+ 0
...>
}
