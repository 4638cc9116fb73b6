// Breaks: a child does not inherit what is in swap.
// Seen as: its memory is zero.
// Caught by: thp/swap_in.forked
// Guest: --swap 256M
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
copy_nonpresent_pte(...)
{
<...
- if (swap_dup_entry_direct(entry) < 0)
+ return 0; if (swap_dup_entry_direct(entry) < 0)
  return -EIO;
...>
}
