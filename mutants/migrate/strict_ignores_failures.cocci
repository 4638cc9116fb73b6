// Breaks: MPOL_MF_STRICT with MPOL_MF_MOVE ignores pages that could not be moved.
// Seen as: a caller believes that its memory is in place.
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
