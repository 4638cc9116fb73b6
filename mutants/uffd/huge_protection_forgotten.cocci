// Breaks: a huge page that is protected as a whole is made read-only and not marked.
// Seen as: writes that no handler hears of.
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
