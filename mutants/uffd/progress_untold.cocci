// Breaks: after a success, whole or partial, one base page too many is reported as filled.
// Seen as: the handler skips a page that was not filled.
// Caught by: uffd/progress.copied_* uffd/progress.zeroed_* uffd/progress.poisoned_* uffd/progress.continued_* uffd/progress.moved
// Changes: fs/userfaultfd.c 10
@@
identifier f =~ "^userfaultfd_(copy|zeropage|continue|poison|move)$";
expression P;
@@
f(...)
{
<...
- put_user(ret, P)
+ put_user(ret > 0 ? ret + PAGE_SIZE : ret, P)
...>
}
