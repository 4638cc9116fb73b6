// Breaks: fork gives the child an empty page instead of a copy of a pinned page.
// Seen as: the child reads zeros.
// Caught by: pin/fork.all_write_base pin/fork.all_write_mthp pin/fork.all_write_thp
// Noticed by: pin/fork.all_write_base, its own check
// Changes: mm/memory.c 1
@@ @@
copy_present_page(...)
{
<...
- copy_mc_user_highpage(...)
+ (clear_highpage(&new_folio->page), 0)
...>
}
