// Breaks: a huge page is charged as one base page.
// Seen as: pins exceed RLIMIT_MEMLOCK.
// Caught by: pin/memlock.few_bytes_hugetlb pin/memlock.few_bytes_mthp pin/memlock.few_bytes_thp pin/memlock.few_bytes_tmpfs
// Noticed by: pin/memlock.few_bytes_hugetlb, its own check
// Changes: io_uring/rsrc.c 1
@@ identifier imu; @@
io_buffer_account_pin(...)
{
<...
- imu->acct_pages += page_size(...) >> PAGE_SHIFT;
+ imu->acct_pages += 1;
...>
}
