// Breaks: clear_refs does not make a shared mapping ask before it is written.
// Seen as: a write after a read fault is not soft-dirty.
// Caught by: thp/soft_dirty.mapped_later_*
// Noticed by: thp/soft_dirty.mapped_later_anon, its own check
// Changes: fs/proc/task_mmu.c 1
// History: commit 64e455079e1b, "mm: softdirty: enable write notifications on VMAs after
//   VM_SOFTDIRTY cleared"
@@ @@
clear_refs_write(...)
{
<...
- vma_set_page_prot(vma);
...>
}
