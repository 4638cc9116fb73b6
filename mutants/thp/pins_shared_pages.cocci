// Breaks: a pin for writing does not unshare a page that fork shares.
// Seen as: device and process use different pages.
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
