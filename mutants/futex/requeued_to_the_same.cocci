// Breaks: waiters that are requeued go on waiting for the word they waited for.
// Seen as: who waits for a condition variable is woken by nobody.
// Caught by: futex/words.requeued_*
// Noticed by: futex/words.requeued_base, its own check
// Changes: kernel/futex/requeue.c 2
@@ expression A, B, C; @@
futex_requeue(...)
{
<...
- requeue_futex(A, B, C, &key2);
+ requeue_futex(A, B, C, &key1);
...>
}
