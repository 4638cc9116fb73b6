// Breaks: mbind accepts unknown flags.
// Seen as: mbind succeeds instead of failing with EINVAL.
// Caught by: migrate/strict.nonsense
// Noticed by: migrate/strict.nonsense, its own check
// Changes: mm/mempolicy.c 1
@@ @@
do_mbind(...)
{
<...
- if (flags & ~(unsigned long)MPOL_MF_VALID)
+ if (0)
	return -EINVAL;
...>
}
