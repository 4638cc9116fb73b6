// Breaks: get_mempolicy accepts MPOL_F_MEMS_ALLOWED together with other flags.
// Seen as: the call succeeds instead of failing with EINVAL.
// Caught by: migrate/policy.allowed
// Noticed by: migrate/policy.allowed, its own check
// Changes: mm/mempolicy.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
do_get_mempolicy(...)
{
<...
- if (flags & (MPOL_F_NODE|MPOL_F_ADDR))
-	return -EINVAL;
...>
}
