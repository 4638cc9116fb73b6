// Breaks: an executed program and a child do not inherit PR_THP_DISABLE_EXCEPT_ADVISED.
// Seen as: they get huge pages without advice.
// Caught by: thp/refusal.but_advised_executed thp/refusal.but_advised
// Since: 6.18
// Changes: kernel/fork.c 1
@@
expression M;
@@
mm_init(...)
{
<...
- if (mm_alloc_pgd(M))
+ mm_flags_clear(MMF_DISABLE_THP_EXCEPT_ADVISED, mm); if (mm_alloc_pgd(M))
 goto fail_mm_init;
...>
}
