// Breaks: UFFDIO_..._MODE_DONTWAKE wakes all the same.
// Seen as: a handler that fills pages in batches is overrun by faults.
// Caught by: uffd/no_wake.*
// Changes: fs/userfaultfd.c 5
@@
identifier f =~ "^userfaultfd_(copy|zeropage|continue|poison|move)$";
identifier u =~ "^uffdio_";
expression M;
statement S;
@@
f(...)
{
<...
- if (!(u.mode & M))
+ if (1)
  S
...>
}
