// Breaks: mbind moves pages without MPOL_MF_MOVE.
// Seen as: unnecessary migrations.
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
