// Breaks: private mappings of huge pages are promised like others, beside the pool's promise.
// Seen as: ENOMEM with overcommit_memory 2, though the pool has the pages.
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
