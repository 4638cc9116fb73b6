// Breaks: mincore reports untouched anonymous memory as resident.
// Seen as: the result is wrong.
// Caught by: thp/resident.touched_base thp/resident.touched_mthp thp/resident.touched_thp thp/resident.dropped_base thp/resident.dropped_mthp thp/resident.dropped_thp
// Noticed by: thp/resident.touched_base, its own check
// Changes: mm/mincore.c 1
@@ @@
__mincore_unmapped_range(...)
{
<...
- vec[i] = 0;
+ vec[i] = 1;
...>
}
