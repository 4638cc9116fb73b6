// Breaks: the copy of a pinned page for a child is an empty page.
// Seen as: a child of a process with registered buffers reads zeros.
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
