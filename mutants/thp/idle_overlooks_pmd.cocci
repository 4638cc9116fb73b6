// Breaks: idle page tracking clears the accessed bit of a PMD and does not report it.
// Seen as: a huge page stays idle while it is used.
// Caught by: thp/idle.used_thp thp/idle.used_tmpfs thp/idle.last_part_thp
//   thp/idle.last_part_tmpfs thp/idle.used_by_child_thp thp/idle.used_by_child_tmpfs
// Noticed by: thp/idle.used_thp, its own check
// Changes: mm/page_idle.c 1
@@ @@
page_idle_clear_pte_refs_one(...)
{
<...
if (pmdp_clear_young_notify(...))
-	referenced = true;
+	referenced = referenced;
...>
}
