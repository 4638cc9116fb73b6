// Breaks: mbind accepts unknown flags.
// Seen as: a mistake goes unnoticed.
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
