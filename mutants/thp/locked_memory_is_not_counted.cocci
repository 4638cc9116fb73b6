// Breaks: mlock is not counted in the process's locked memory.
// Seen as: RLIMIT_MEMLOCK has no effect, and VmLck is negative after munlock.
// Caught by: thp/locked.part_* thp/locked.holes_* thp/locked.forked_* thp/locked.on_fault_* thp/locked.split thp/locked.collapsed thp/locked.whole_base thp/locked.whole_mthp thp/locked.whole_thp thp/locked.whole_tmpfs
// Noticed by: thp/locked.whole_base, its own check
// Changes: mm/mlock.c 1
@@ @@
mlock_fixup(...)
{
<...
- mm->locked_vm += nr_pages;
...>
}
