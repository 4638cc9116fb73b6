// Breaks: UFFDIO_..._MODE_DONTWAKE wakes waiting threads.
// Seen as: a handler that fills pages in batches is overrun by faults.
// Caught by: uffd/no_wake.copied_hugetlb uffd/no_wake.copied_shmem uffd/no_wake.copied_thp uffd/no_wake.zeroed_shmem uffd/no_wake.zeroed_thp uffd/no_wake.continued_hugetlb uffd/no_wake.continued_shmem uffd/no_wake.poisoned_hugetlb uffd/no_wake.poisoned_shmem uffd/no_wake.poisoned_thp uffd/no_wake.moved
// Noticed by: uffd/no_wake.copied_hugetlb, its own check
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
