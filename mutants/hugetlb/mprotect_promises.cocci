// Breaks: a hugetlb mapping that mprotect makes writable counts in Committed_AS.
// Seen as: Committed_AS grows for ever, and mmap fails with overcommit_memory 2.
// Caught by: hugetlb/commit.promised_private hugetlb/commit.promised_unreserved hugetlb/commit.promised_file hugetlb/commit.strict
// Noticed by: hugetlb/commit.promised_private, its own check
// Changes: mm/mprotect.c 1
@@ @@
mprotect_fixup(...)
{
<...
- VM_ACCOUNT|VM_WRITE|VM_HUGETLB|VM_SHARED|VM_NORESERVE
+ VM_ACCOUNT|VM_WRITE|VM_SHARED
...>
}
