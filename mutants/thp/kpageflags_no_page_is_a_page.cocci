// Breaks: kpageflags has no flag for a frame of no memory, instead of KPF_NOPAGE.
// Seen as: tools count addresses without memory as pages in use.
// Caught by: thp/shares.no_page
// Changes: fs/proc/page.c 1
// History: as Linux 6.18 does (doc/known-issues.md, kpageflags-forgets-nopage)
// Until: 6.12
@@ @@
stable_page_flags(...)
{
<...
- return 1 << KPF_NOPAGE;
+ return 0;
...>
}
