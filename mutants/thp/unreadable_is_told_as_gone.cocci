// Breaks: mincore reports PROT_NONE pages as not resident.
// Seen as: the result is wrong.
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
