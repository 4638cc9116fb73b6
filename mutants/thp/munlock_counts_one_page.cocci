// Breaks: munlock of a huge page subtracts only one base page from Mlocked.
// Seen as: Mlocked is too large.
// Caught by: thp/locked.whole_thp thp/locked.whole_mthp thp/locked.whole_tmpfs
// Noticed by: thp/locked.whole_mthp, its own check
// Changes: mm/mlock.c 1
@@ @@
__munlock_folio(...)
{
- int nr_pages = folio_nr_pages(folio);
+ int nr_pages = 1;
...
}
