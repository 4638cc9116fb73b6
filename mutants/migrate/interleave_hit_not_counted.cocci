// Breaks: an interleaved page on its node is not counted.
// Seen as: interleave_hit of numastat stays 0.
// Caught by: migrate/counted.interleaved
// Noticed by: migrate/counted.interleaved, its own check
// Changes: mm/mempolicy.c 1
@@ @@
alloc_pages_mpol_noprof(...)
{
<...
- __count_numa_event(...);
+ ;
...>
}
