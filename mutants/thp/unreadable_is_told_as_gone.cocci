// Breaks: mincore tells of pages that may not be read as if they were not there.
// Seen as: guards in the middle of a heap count as memory given back.
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
