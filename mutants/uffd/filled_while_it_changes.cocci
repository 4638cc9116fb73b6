// Breaks: UFFDIO_COPY succeeds while an event is pending.
// Seen as: old data is filled in where pages were dropped.
// Caught by: uffd/events.changing_*
// Noticed by: uffd/events.changing_shmem, its own check
// Changes: fs/userfaultfd.c 2, mm/userfaultfd.c 1
@@
identifier f =~ "^userfaultfd_(copy|zeropage)$";
@@
f(...)
{
<...
- atomic_read(&ctx->mmap_changing)
+ 0
...>
}
@@ @@
mfill_atomic(...)
{
<...
- atomic_read(&ctx->mmap_changing)
+ 0
...>
}
