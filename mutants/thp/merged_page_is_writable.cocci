// Breaks: a page that KSM has merged is mapped writable.
// Seen as: a write changes other mappings.
// Caught by: thp/merged.written_* thp/merged.forked_*
// Changes: mm/ksm.c 1
@@ @@
replace_page(...)
{
<...
- newpte = mk_pte(kpage, vma->vm_page_prot);
+ newpte = pte_mkdirty(pte_mkwrite_novma(mk_pte(kpage, vma->vm_page_prot)));
...>
}
