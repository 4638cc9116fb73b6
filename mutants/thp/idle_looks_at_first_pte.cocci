// Breaks: idle page tracking looks at one page table entry of a folio only.
// Seen as: a huge page that is used through another entry stays idle.
// Caught by: thp/idle.mapping_split_mthp thp/idle.mapping_split_thp
//   thp/idle.mapping_split_tmpfs thp/idle.used_mthp thp/idle.used_by_child_mthp
// Noticed by: thp/idle.used_mthp, its own check
// Changes: mm/page_idle.c 1
@@ @@
page_idle_clear_pte_refs_one(...)
{
<...
while (page_vma_mapped_walk(&pvmw)) {
...
+	page_vma_mapped_walk_done(&pvmw);
+	break;
}
...>
}
