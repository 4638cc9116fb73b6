// Breaks: a debugger that writes to a private page that is read-only writes to the file's.
// Seen as: a breakpoint in one process stops them all (as CVE-2016-5195 let anybody do).
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
