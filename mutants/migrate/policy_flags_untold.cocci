// Breaks: get_mempolicy does not return the mode flags.
// Seen as: a program that sets the returned policy sets another one.
// Caught by: migrate/policy.flags_told_*
// Noticed by: migrate/policy.flags_told_static, its own check
// Changes: mm/mempolicy.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
do_get_mempolicy(...)
{
<...
- *policy |= (pol->flags & MPOL_MODE_FLAGS);
...>
}
