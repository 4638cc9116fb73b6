// Breaks: fresh pages of a device are not charged to the process's group.
// Seen as: a group uses memory that it does not pay for.
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
