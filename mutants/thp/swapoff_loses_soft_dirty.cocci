// Breaks: swapoff does not restore soft-dirty bits.
// Seen as: a checkpoint misses pages that were written before they were swapped out.
// Caught by: thp/swapoff.soft_dirty_base thp/swapoff.soft_dirty_*
// Noticed by: thp/swapoff.soft_dirty_base, its own check
// Changes: mm/swapfile.c 1
// History: commit 14a762dd1977, "mm/swapfile: fix lost swap bits in unuse_pte()"
@@ @@
unuse_pte(...)
{
<...
- if (pte_swp_soft_dirty(old_pte))
-	new_pte = pte_mksoft_dirty(new_pte);
...>
}
