// Breaks: huge=within_size makes a huge page that the file lacks one base page of.
// Seen as: memory beyond the end of the file.
// Caught by: tmpfs/within_size.page_short
// Noticed by: tmpfs/within_size.page_short, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_huge_global_enabled(...)
{
<...
- i_size >> PAGE_SHIFT >= index
+ (i_size >> PAGE_SHIFT) + 1 >= index
...>
}
