// Breaks: PR_SET_THP_DISABLE takes flags when it allows huge pages again.
// Seen as: success instead of EINVAL.
// Caught by: thp/refusal.but_advised_odd
// Since: 6.18
// Changes: kernel/sys.c 1
@@ @@
prctl_set_thp_disable(...)
{
<...
- (!thp_disable && flags) || (flags & ~PR_THP_DISABLE_EXCEPT_ADVISED)
+ flags & ~PR_THP_DISABLE_EXCEPT_ADVISED
...>
}
