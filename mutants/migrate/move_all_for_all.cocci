// Breaks: MPOL_MF_MOVE_ALL needs no privilege.
// Seen as: any user can migrate memory of others.
// Caught by: migrate/strict.unprivileged
// Noticed by: migrate/strict.unprivileged, its own check
// Changes: mm/mempolicy.c 1
@@ @@
do_mbind(...)
{
<...
- if ((flags & MPOL_MF_MOVE_ALL) && !capable(CAP_SYS_NICE))
+ if (0)
	return -EPERM;
...>
}
