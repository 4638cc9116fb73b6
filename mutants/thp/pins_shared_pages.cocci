// Breaks: a pin takes a page that a fork shares as it is.
// Seen as: device and process work on two pages.
// Caught by: thp/pinned_cow.pinned_after_fork
// Changes: mm/internal.h 1
@@ @@
gup_must_unshare(...)
{
...
- return !PageAnonExclusive(page);
+ return false;
}
