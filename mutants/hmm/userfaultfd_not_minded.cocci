// Breaks: a fresh page is installed although userfaultfd handles missing faults in the range.
// Seen as: the handler is not notified of a page that it did not fill.
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
