// Breaks: a pin for writing takes a page that a fork shares as it is.
// Seen as: device and process work on two pages.
// Caught by: thp/pinned_cow.pinned_after_fork
// Noticed by: thp/pinned_cow.pinned_after_fork, kernel log
// Changes: mm/gup.c 1
@@ @@
can_follow_write_pmd(...)
{
...
- if (pmd_write(pmd))
+ if (pmd_present(pmd))
	return true;
...
}
