// Breaks: MADV_GUARD_INSTALL succeeds in mlocked memory.
// Seen as: mlocked pages are dropped.
// Caught by: thp/guard.locked
// Noticed by: thp/guard.locked, its own check
// Since: 6.13
// Changes: mm/madvise.c 1
@@
identifier disallowed;
@@
is_valid_guard_vma(...)
{
<...
- disallowed |= VM_LOCKED;
+ ;
...>
}
