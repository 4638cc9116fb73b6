// Breaks: idle page tracking clears the accessed bits of PTEs and does not report them.
// Seen as: pages that PTEs map stay idle while they are used.
// Caught by: thp/idle.used_base thp/idle.used_mthp thp/idle.mapping_split_thp thp/idle.mapping_split_*
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
