// Breaks: kpageflags says COMPOUND_TAIL of no page.
// Seen as: tools that walk from head to tail take each part of a huge page for a base page.
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
