// Breaks: munlock of a huge page does not decrease Mlocked.
// Seen as: Mlocked grows for ever.
// Caught by: migrate/kept_bits.locked
// Noticed by: migrate/kept_bits.locked, its own check
// Changes: mm/mlock.c 1
@@ @@
mlock_pte_range(...)
{
<...
if (vma->vm_flags & VM_LOCKED)
	mlock_folio(folio);
- else munlock_folio(folio);
goto out;
...>
}
