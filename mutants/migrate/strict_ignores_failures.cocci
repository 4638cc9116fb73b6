// Breaks: MPOL_MF_STRICT with MPOL_MF_MOVE ignores pages that could not be migrated.
// Seen as: mbind succeeds instead of failing with EIO.
// Caught by: migrate/strict.pinned migrate/not_moved.strict_*
// Noticed by: migrate/strict.pinned, its own check
// Changes: mm/mempolicy.c 1
@@ @@
do_mbind(...)
{
<...
- if (nr_failed && (flags & MPOL_MF_STRICT))
+ if (0)
	err = -EIO;
...>
}
