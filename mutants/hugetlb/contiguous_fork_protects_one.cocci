// Breaks: fork write-protects only the first of the contiguous entries that map a private huge
//   page of the parent.
// Seen as: what the parent writes after the fork is read by the child.
// Caught by: hugetlb/cow_whole_page.parent_word
// Sizes: 2M
// Changes: arch/arm64/mm/hugetlbpage.c 1
@@ @@
huge_ptep_set_wrprotect(...)
{
<...
- ncontig = find_num_contig(mm, addr, ptep, &pgsize);
+ __ptep_set_wrprotect(mm, addr, ptep);
+ return;
...>
}
