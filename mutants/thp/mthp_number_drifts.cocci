// Breaks: nr_anon is not lowered when pages go.
// Seen as: the number of huge pages grows for ever.
// Caught by: thp/sizes.number
// Changes: include/linux/huge_mm.h 1
@@ @@
mod_mthp_stat(...)
{
...
- if (order <= 0 || order > PMD_ORDER)
+ if (order <= 0 || order > PMD_ORDER || delta < 0)
	return;
...
}
