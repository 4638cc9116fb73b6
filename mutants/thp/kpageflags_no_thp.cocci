// Breaks: kpageflags has KPF_THP for no page.
// Seen as: tools find no transparent huge pages.
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
