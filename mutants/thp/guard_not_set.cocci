// Breaks: MADV_GUARD_INSTALL drops the pages of the range without installing guards.
// Seen as: a guard region can be written.
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
