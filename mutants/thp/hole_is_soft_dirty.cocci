// Breaks: pagemap calls addresses soft-dirty that no mapping has.
// Seen as: a checkpoint saves pages that do not exist.
// Caught by: thp/pagemap.unmapped
// Noticed by: thp/pagemap.unmapped, its own check
// Changes: fs/proc/task_mmu.c 1
// History: commit 68b5a6524856, "mm: softdirty: respect VM_SOFTDIRTY in PTE holes" and
//   81d0fa623c5b, "mm: softdirty: unmapped addresses between VMAs are clean"
@@ @@
pagemap_pte_hole(...)
{
<...
- pagemap_entry_t pme = make_pme(0, 0);
+ pagemap_entry_t pme = make_pme(0, vma && vma->vm_flags & VM_SOFTDIRTY ? PM_SOFT_DIRTY : 0);
...>
}
