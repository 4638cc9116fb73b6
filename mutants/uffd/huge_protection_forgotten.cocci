// Breaks: write-protecting a whole huge page makes it read-only without the uffd-wp bit.
// Seen as: writes that are not reported to the handler.
// Caught by: uffd/write_protect.told_thp uffd/write_protect.forked_thp uffd/write_protect.closed_thp uffd/write_protect.async_thp uffd/events.child_protected_thp
// Noticed by: uffd/events.child_protected_thp, its own check
// Changes: mm/huge_memory.c 1
@@ @@
change_huge_pmd(...)
{
<...
- entry = pmd_mkuffd_wp(entry);
+ ;
...>
}
