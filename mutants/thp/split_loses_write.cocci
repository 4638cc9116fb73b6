// Breaks: a split of a PMD mapping loses the write permission.
// Seen as: the next write of each page takes a fault.
// Caught by: thp/split_bits.writable_mapping thp/split_bits.writable_page
// Noticed by: thp/split_bits.writable_mapping, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- write = pmd_write(old_pmd);
+ write = false;
...>
}
