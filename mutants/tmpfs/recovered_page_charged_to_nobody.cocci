// Breaks: the huge page of a collapse is charged to the root cgroup.
// Seen as: a cgroup uses memory that it is not charged for.
// Caught by: tmpfs/accounting.group_anon tmpfs/accounting.group_memfd tmpfs/accounting.group_tmpfs
// Noticed by: tmpfs/accounting.group_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
alloc_charge_folio(...)
{
<...
- mem_cgroup_charge(folio, mm, gfp)
+ mem_cgroup_charge(folio, &init_mm, gfp)
...>
}
