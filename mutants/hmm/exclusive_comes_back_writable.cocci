// Breaks: a device-exclusive page is restored writable, whatever the mapping allows.
// Seen as: a write to read-only memory succeeds.
// Caught by: hmm/exclusive.protected
// Noticed by: hmm/exclusive.protected, its own check
// Changes: mm/memory.c 1
@@ @@
restore_exclusive_pte(...)
{
<...
- pte = pte_mkold(mk_pte(page, READ_ONCE(vma->vm_page_prot)));
+ pte = pte_mkdirty(mk_pte(page, PAGE_SHARED));
...>
}
