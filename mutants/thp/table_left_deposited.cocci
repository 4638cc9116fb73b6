// Breaks: the page table deposited for an anonymous huge page is not freed with it.
// Seen as: page tables leak: non-zero pgtables_bytes.
// Caught by: thp/fault
// Noticed by: thp/fault.written, kernel log
// Changes: mm/huge_memory.c 1
@@ @@
zap_huge_pmd(...)
{
<...
- zap_deposited_table(tlb->mm, pmd);
  add_mm_counter(tlb->mm, MM_ANONPAGES, -HPAGE_PMD_NR);
...>
}
