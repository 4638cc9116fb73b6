// Breaks: kpageflags says COMPOUND_HEAD of every base page.
// Seen as: tools that count huge pages by their heads find far too many.
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
