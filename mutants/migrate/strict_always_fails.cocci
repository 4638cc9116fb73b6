// Breaks: MPOL_MF_STRICT fails also when every page is in place.
// Seen as: EIO where mbind must succeed.
// Caught by: migrate/strict.met migrate/strict.met_by_moving
// Noticed by: migrate/strict.met, its own check
// Changes: mm/mempolicy.c 1
@@ @@
do_mbind(...)
{
<...
- if (nr_failed && (flags & MPOL_MF_STRICT))
+ if (flags & MPOL_MF_STRICT)
	err = -EIO;
...>
}
