// Breaks: a split makes read-only entries writable.
// Seen as: a write to read-only memory succeeds.
// Caught by: thp/split_bits.read_only
// Noticed by: thp/split_bits.read_only, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- write = pmd_write(old_pmd);
+ write = true;
...>
}
