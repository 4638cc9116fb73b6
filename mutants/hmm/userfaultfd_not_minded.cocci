// Breaks: a fresh page is made where userfaultfd waits for the fault.
// Seen as: the handler never hears of a page that is not its own.
// Caught by: hmm/userfaultfd.missing_* hmm/userfaultfd.zero_page_* hmm/userfaultfd.present_*
// Noticed by: hmm/userfaultfd.missing_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_vma_insert_page(...)
{
<...
- if (userfaultfd_missing(vma)) goto unlock_abort;
...>
}
