// Breaks: untouched pages of a present page table are not migrated.
// Seen as: a device faults where it could have had fresh pages.
// Caught by: hmm/empty.never_touched_* hmm/empty.mixture_* hmm/empty.written_*
// Noticed by: hmm/empty.never_touched_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_vma_collect_pmd(...)
{
<...
if (pte_none(pte)) {
- if (vma_is_anonymous(vma)) {
+ if (vma_is_anonymous(vma) && !vma->vm_mm) {
mpfn = MIGRATE_PFN_MIGRATE;
...
}
...
}
...>
}
