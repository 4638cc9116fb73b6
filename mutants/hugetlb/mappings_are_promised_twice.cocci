// Breaks: private hugetlb mappings count in Committed_AS in addition to their reservation.
// Seen as: ENOMEM with overcommit_memory 2, although the pool has pages.
// Caught by: hugetlb/commit.promised_private hugetlb/commit.strict
// Noticed by: hugetlb/commit.promised_private, its own check
// Changes: mm/mmap.c 1
@@ @@
accountable_mapping(...)
{
<...
- file && is_file_hugepages(file)
+ 0
...>
}
