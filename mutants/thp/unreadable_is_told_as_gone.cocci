// Breaks: mincore reports unreadable pages as not resident.
// Seen as: guard pages in a heap count as freed memory.
// Caught by: thp/resident.unreadable_base thp/resident.unreadable_mthp thp/resident.unreadable_thp
// Noticed by: thp/resident.unreadable_base, its own check
// Changes: mm/mincore.c 1
@@ @@
mincore_pte_range(...)
{
<...
  if (pte_present(pte))
-	*vec = 1;
+	*vec = !pte_protnone(pte);
  else { ... }
...>
}
