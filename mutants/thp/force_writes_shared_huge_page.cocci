// Breaks: a forced write changes a huge page without copying it first.
// Seen as: a debugger changes other processes' memory, files, and the huge zero page.
// Caught by: thp/forced_write.self_thp_forked thp/forced_write.self_file_read
// Noticed by: thp/forced_write.self_thp_forked, its own check
// Changes: mm/gup.c 1
@@ @@
can_follow_write_pmd(...)
{
<...
- if (!page || !PageAnon(page) || !PageAnonExclusive(page))
+ if (!page)
	return false;
...>
}
