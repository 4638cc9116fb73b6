// Breaks: swapping out loses the soft-dirty bit.
// Seen as: a checkpoint misses what was written.
// Caught by: thp/soft_dirty.stays_swap_thp thp/soft_dirty.stays_swap_base
// Noticed by: thp/soft_dirty.stays_swap_base, its own check
// Changes: mm/rmap.c 1
@@ @@
try_to_unmap_one(...)
{
<...
- if (pte_soft_dirty(pteval))
-	swp_pte = pte_swp_mksoft_dirty(swp_pte);
...>
}
