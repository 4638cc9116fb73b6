// Breaks: a forced write to a read-only private mapping changes the page of the file.
// Seen as: a breakpoint affects all processes (as in CVE-2016-5195).
// Caught by: tmpfs/breakpoint.poked_*
// Changes: mm/gup.c 1
@@ @@
can_follow_write_pte(...)
{
<...
- !page || !PageAnon(page) || !PageAnonExclusive(page)
+ !page || (PageAnon(page) && !PageAnonExclusive(page))
...>
}
