// Breaks: kpageflags has KPF_COMPOUND_TAIL for no page.
// Seen as: tools take parts of huge pages for base pages.
// Caught by: thp/shares.flags_hugetlb thp/shares.flags_thp thp/shares.flags_tmpfs
// Noticed by: thp/shares.flags_hugetlb, its own check
// Changes: fs/proc/page.c 1
@@ @@
stable_page_flags(...)
{
<...
- u |= 1 << KPF_COMPOUND_TAIL;
+ u |= 0;
...>
}
