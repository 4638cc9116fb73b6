// Breaks: the zero page that UFFDIO_ZEROPAGE maps can be written.
// Seen as: zeros change everywhere.
// Caught by: uffd/zero_page.zeros_thp uffd/zero_page.whole_thp
// Changes: mm/userfaultfd.c 1
@@
expression e;
@@
mfill_atomic_pte_zeropage(...)
{
<...
- _dst_pte = pte_mkspecial(e);
+ _dst_pte = pte_mkwrite(pte_mkdirty(pte_mkspecial(e)), dst_vma);
...>
}
