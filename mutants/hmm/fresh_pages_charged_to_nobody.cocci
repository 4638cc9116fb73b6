// Breaks: fresh pages of a device are not charged to the process's memory cgroup.
// Seen as: a cgroup uses memory that it is not charged for.
// Caught by: hmm/empty.group_*
// Noticed by: hmm/empty.group_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_vma_insert_page(...)
{
<...
- mem_cgroup_charge(folio, vma->vm_mm, GFP_KERNEL)
+ mem_cgroup_charge(folio, &init_mm, GFP_KERNEL)
...>
}
