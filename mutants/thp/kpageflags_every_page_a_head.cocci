// Breaks: kpageflags has KPF_COMPOUND_HEAD for every base page of a huge page.
// Seen as: tools count too many huge pages.
// Caught by: thp/shares.flags_base
// Noticed by: thp/shares.flags_base, its own check
// Changes: fs/proc/page.c 1
@@ @@
stable_page_flags(...)
{
<...
- kpf_copy_bit(k, KPF_COMPOUND_HEAD, PG_head)
+ (1 << KPF_COMPOUND_HEAD)
...>
}
