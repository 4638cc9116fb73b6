// Breaks: in private memory, words at the same offset of all base pages are one futex.
// Seen as: FUTEX_WAKE wakes waiters of another word, and the right ones sleep on.
// Caught by: futex/words.each_private_* futex/words.each_base futex/words.each_mthp futex/words.each_thp futex/words.each_hugetlb futex/words.inherited_base futex/words.inherited_mthp futex/words.inherited_thp futex/words.inherited_hugetlb
// Noticed by: futex/words.each_base, its own check
// Changes: kernel/futex/core.c 2
@@ @@
get_futex_key(...)
{
<...
- key->private.address = address;
+ key->private.address = address & ~(SZ_2M - 1);
...>
}
