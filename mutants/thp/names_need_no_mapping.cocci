// Breaks: VMAs are merged although their names differ.
// Seen as: a name applies to other memory.
// Caught by: thp/named.side_by_side_*
// Noticed by: thp/named.side_by_side_base, its own check
// Changes: mm/vma.c 1
@@ @@
is_mergeable_vma(...)
{
<...
- !anon_vma_name_eq(anon_vma_name(vma), vmg->anon_name)
+ 0
...>
}
