// Breaks: MADV_GUARD_INSTALL frees the pages of the range and sets no guard.
// Seen as: an overflow goes on into the memory behind.
// Caught by: thp/guard.never_touched_base thp/guard.never_touched_mthp thp/guard.never_touched_thp thp/guard.installed_base thp/guard.installed_mthp thp/guard.installed_thp
// Noticed by: thp/guard.installed_base, its own check
// Since: 6.13
// Changes: mm/madvise.c 1
@@ @@
guard_install_set_pte(...)
{
<...
- *ptep = make_pte_marker(PTE_MARKER_GUARD);
...>
}
