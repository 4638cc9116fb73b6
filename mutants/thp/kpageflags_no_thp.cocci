// Breaks: kpageflags says THP of no page.
// Seen as: tools that count transparent huge pages find none.
// Caught by: thp/shares.flags_mthp thp/shares.flags_thp thp/shares.flags_tmpfs
// Noticed by: thp/shares.flags_mthp, its own check
// Changes: fs/proc/page.c 2
@@ @@
stable_page_flags(...)
{
<...
- u |= 1 << KPF_THP;
+ u |= 0;
...>
}
