// Breaks: MADV_POPULATE_WRITE of a page that a signal would report returns ENOMEM.
// Seen as: a wrong errno.
// Caught by: thp/advice_bounds.populate_beyond_*
// Noticed by: thp/advice_bounds.populate_beyond_read, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_populate(...)
{
<...
- return -EFAULT;
+ return -ENOMEM;
...>
}
