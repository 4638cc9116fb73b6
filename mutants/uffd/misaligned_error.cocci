// Breaks: unaligned ranges are refused with ERANGE instead of EINVAL.
// Seen as: the wrong errno.
// Caught by: uffd/missing.misaligned_* uffd/zero_page.refused_* uffd/minor.refused_* uffd/write_protect.refused_* uffd/poison.refused_* uffd/move.misaligned
// Noticed by: uffd/minor.refused_private, its own check
// Changes: fs/userfaultfd.c 2
@@
identifier f =~ "^validate_(unaligned_)?range$";
expression e;
@@
f(...)
{
<...
(
  if (len & e)
- return -EINVAL;
+ return -ERANGE;
|
  if (start & e)
- return -EINVAL;
+ return -ERANGE;
)
...>
}
