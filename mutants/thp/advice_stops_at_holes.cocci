// Breaks: madvise stops at the first hole of its range.
// Seen as: memory behind the hole is not dropped.
// Caught by: thp/advice_bounds.hole_* hugetlb/advice_bounds.hole
// Noticed by: thp/advice_bounds.hole_base, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_walk_vmas(...)
{
<...
- unmapped_error = -ENOMEM;
+ return -ENOMEM;
...>
}
