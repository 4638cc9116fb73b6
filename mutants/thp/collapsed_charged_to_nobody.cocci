// Breaks: what is collapsed is charged to no control group.
// Seen as: a group takes more memory than its limit.
// Caught by: thp/charged.collapsed
// Changes: mm/khugepaged.c 1
@@ @@
alloc_charge_folio(...)
{
<...
- mem_cgroup_charge(folio, mm, gfp)
+ 0
...>
}
