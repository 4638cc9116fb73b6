// Breaks: a huge page that is unmapped during its migration is not subtracted from the RSS.
// Seen as: "Bad rss-counter state".
// Caught by: migrate/race_split
// Noticed by: migrate/race_split, kernel log
// Changes: mm/huge_memory.c 1
@@ @@
zap_huge_pmd(...)
{
<...
- add_mm_counter(tlb->mm, MM_ANONPAGES, -HPAGE_PMD_NR);
+ if (flush_needed)
+	add_mm_counter(tlb->mm, MM_ANONPAGES, -HPAGE_PMD_NR);
...>
}
