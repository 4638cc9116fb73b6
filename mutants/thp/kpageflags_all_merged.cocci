// Breaks: kpageflags has KPF_KSM for every anonymous page.
// Seen as: memory is reported as merged that is not.
// Caught by: thp/shares.not_merged_*
// Noticed by: thp/shares.not_merged_base, its own check
// Since: 6.18
// Changes: fs/proc/page.c 1
// History: as Linux 6.12 does (doc/known-issues.md, kpageflags-calls-anonymous-pages-merged)
@@ @@
stable_page_flags(...)
{
<...
- folio_test_ksm(folio)
+ 1
...>
}
