// Breaks: mbind fails for pages that could not move also without MPOL_MF_STRICT.
// Seen as: a program that would have gone on gives up.
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
