// Breaks: swap-in makes large folios in memory with a userfaultfd.
// Seen as: a folio comes back that its handler does not expect.
// Caught by: thp/swap_in.with_userfaultfd
// Guest: --swap 256M
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
thp_swapin_suitable_orders(...)
{
<...
- if (unlikely(userfaultfd_armed(vma)))
+ if (0)
  return 0;
...>
}
