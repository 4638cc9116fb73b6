// Breaks: MADV_GUARD_REMOVE removes no guards.
// Seen as: accesses still get SIGSEGV.
// Caught by: thp/guard.remove_leaves_pages_base thp/guard.remove_leaves_pages_mthp thp/guard.remove_leaves_pages_thp thp/guard.installed_base
// Noticed by: thp/guard.installed_base, crash
// Since: 6.13
// Changes: mm/madvise.c 1
@@ @@
guard_remove_pte_entry(...)
{
<...
- pte_clear(...);
+ ;
...>
}
