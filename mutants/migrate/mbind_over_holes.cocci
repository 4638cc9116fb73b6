// Breaks: mbind does not mind that a part of its range is not mapped.
// Seen as: a mistake goes unseen.
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
