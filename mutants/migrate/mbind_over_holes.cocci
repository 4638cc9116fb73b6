// Breaks: mbind does not mind that a part of its range is not mapped.
// Seen as: a mistake goes unseen.
// Caught by: migrate/strict.hole
// Changes: mm/mempolicy.c 2
@@ @@
queue_pages_test_walk(...)
{
<...
- return -EFAULT;
+ ;
...>
}
