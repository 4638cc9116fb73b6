// Breaks: hugetlb pages are accepted for migration to a device.
// Seen as: the migration of hugetlb pages succeeds instead of failing with EINVAL.
// Caught by: hmm/hugetlb.private_untouched_* hmm/hugetlb.private_touched_* hmm/hugetlb.shared_touched_*
// Noticed by: hmm/hugetlb.private_untouched_private, its own check
// Changes: mm/migrate_device.c 1
// Guest: --nodes 2 --memory 4G --hugepages 2M:8
@@ @@
migrate_vma_setup(...)
{
<...
- !args->vma || is_vm_hugetlb_page(args->vma) || (args->vma->vm_flags & VM_SPECIAL) || vma_is_dax(args->vma)
+ !args->vma || vma_is_dax(args->vma)
...>
}
