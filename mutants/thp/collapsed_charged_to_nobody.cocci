// Breaks: collapsed pages are not charged to a cgroup.
// Seen as: a cgroup exceeds its limit.
// Caught by: thp/charged.collapsed
// Noticed by: thp/charged.collapsed, its own check
// Changes: mm/khugepaged.c 1
@@ @@
alloc_charge_folio(...)
{
<...
- mem_cgroup_charge(folio, mm, gfp)
+ 0
...>
}
