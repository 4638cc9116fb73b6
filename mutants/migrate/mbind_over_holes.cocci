// Breaks: mbind does not fail if a part of its range is unmapped.
// Seen as: mbind succeeds instead of failing with EFAULT.
// Caught by: migrate/strict.hole migrate/not_moved.hole_*
// Noticed by: migrate/strict.hole, its own check
// Changes: mm/mempolicy.c 2
@@ @@
queue_pages_test_walk(...)
{
<...
- return -EFAULT;
+ ;
...>
}
