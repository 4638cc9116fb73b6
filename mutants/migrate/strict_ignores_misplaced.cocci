// Breaks: MPOL_MF_STRICT alone ignores misplaced pages.
// Seen as: mbind succeeds instead of failing with EIO.
// Caught by: migrate/strict.not_met migrate/strict.not_met_by_one
// Noticed by: migrate/strict.not_met, its own check
// Changes: mm/mempolicy.c 2
@@ @@
queue_folios_pte_range(...)
{
<...
- if (qp->nr_failed && strictly_unmovable(flags))
+ if (0)
	return -EIO;
...>
}

@@ @@
do_mbind(...)
{
<...
- if (nr_failed && (flags & MPOL_MF_STRICT))
+ if (nr_failed && (flags & MPOL_MF_STRICT) && !strictly_unmovable(flags))
	err = -EIO;
...>
}
