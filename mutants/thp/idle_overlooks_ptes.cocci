// Breaks: idle page tracking clears the accessed bits of PTEs and does not report them.
// Seen as: pages that PTEs map stay idle while they are used.
// Caught by: thp/idle.used_base thp/idle.used_mthp thp/idle.last_part_base
//   thp/idle.last_part_mthp thp/idle.mapping_split_* thp/idle.used_by_child_base
//   thp/idle.used_by_child_mthp
// Noticed by: thp/idle.used_base, its own check
// Changes: mm/page_idle.c 1
@@ @@
page_idle_clear_pte_refs_one(...)
{
<...
if (ptep_clear_young_notify(...))
-	referenced = true;
+	referenced = referenced;
...>
}
