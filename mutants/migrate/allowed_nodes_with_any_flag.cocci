// Breaks: get_mempolicy takes MPOL_F_MEMS_ALLOWED together with other flags.
// Seen as: a program gets another answer than it asked for.
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
