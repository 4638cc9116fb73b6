// Breaks: UFFDIO_MOVE moves pages that are shared with a child.
// Seen as: the child sees its parent's writes.
// Caught by: uffd/move.forked
// Noticed by: uffd/move.forked, kernel log
// Changes: mm/huge_memory.c 2, mm/userfaultfd.c 3
@@
identifier f =~ "^move_(pages_huge_pmd|pages|pages_pte|present_pte)$";
expression e;
@@
f(...)
{
<...
- !PageAnonExclusive(e)
+ 0
...>
}
