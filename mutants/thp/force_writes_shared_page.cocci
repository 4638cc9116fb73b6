// Breaks: a forced write changes a base page without copying it first.
// Seen as: a debugger changes other processes' memory and files.
// Caught by: thp/forced_write.self_base_forked thp/forced_write.self_mthp_forked
// Noticed by: thp/forced_write.self_base_forked, its own check
// Changes: mm/gup.c 1
@@ @@
can_follow_write_pte(...)
{
<...
- if (!page || !PageAnon(page) || !PageAnonExclusive(page))
+ if (!page)
	return false;
...>
}
