// Breaks: huge=within_size makes a huge page that ends one base page beyond the file.
// Seen as: a file uses memory beyond its end.
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
