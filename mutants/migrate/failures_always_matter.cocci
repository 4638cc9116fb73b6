// Breaks: mbind fails for pages that cannot be migrated even without MPOL_MF_STRICT.
// Seen as: EIO where mbind must succeed.
// Caught by: migrate/not_moved.lenient_*
// Noticed by: migrate/not_moved.lenient_base, its own check
// Changes: mm/mempolicy.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
do_mbind(...)
{
<...
- if (nr_failed && (flags & MPOL_MF_STRICT))
+ if (nr_failed)
	err = -EIO;
...>
}
