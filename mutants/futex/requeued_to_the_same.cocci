// Breaks: requeued waiters stay on the futex they waited for.
// Seen as: waiters of a condition variable are never woken.
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
