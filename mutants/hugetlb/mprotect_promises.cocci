// Breaks: a mapping of huge pages that becomes writable again is promised like others.
// Seen as: ENOMEM with overcommit_memory 2, and promises that are never taken back.
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
