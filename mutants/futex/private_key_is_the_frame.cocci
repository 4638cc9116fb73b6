// Breaks: the key of a non-private futex in private memory is its page frame instead of its address.
// Seen as: a waiter is never woken after the page was migrated, split or swapped.
// Caught by: futex/changes.migrated_base futex/changes.migrated_mthp futex/changes.migrated_thp futex/changes.migrated_hugetlb futex/changes.swapped_thp
// Noticed by: futex/changes.migrated_base, its own check
// Changes: kernel/futex/core.c 1
// Guest: --nodes 2 --memory 3G --swap 512M
@@ @@
get_futex_key(...)
{
<...
  key->private.mm_seq = get_object_id(&mm->futex_unique_id);
- key->private.address = address;
+ key->private.address = page_to_pfn(page);
...>
}
