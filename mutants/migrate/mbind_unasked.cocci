// Breaks: mbind moves pages that it was not told to move.
// Seen as: memory moves without need.
// Caught by: migrate/mbind.not_told migrate/strict.not_met
// Noticed by: migrate/mbind.not_told, its own check
// Changes: mm/mempolicy.c 1
@@ @@
do_mbind(...)
{
...
+ flags |= MPOL_MF_MOVE;
if (mode == MPOL_DEFAULT)
	flags &= ~MPOL_MF_STRICT;
...
}
