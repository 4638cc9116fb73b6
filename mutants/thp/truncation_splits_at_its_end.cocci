// Breaks: a truncated folio is split at the page before the new end.
// Seen as: data behind the end stays in a larger folio.
// Caught by: thp/split_at.punched
// Noticed by: thp/split_at.punched, its own check
// Since: 6.15
// Changes: mm/truncate.c 1
@@
identifier split_at;
expression folio, offset;
@@
truncate_inode_partial_folio(...)
{
<...
- split_at = folio_page(folio, PAGE_ALIGN_DOWN(offset) / PAGE_SIZE);
+ split_at = folio_page(folio, offset >= PAGE_SIZE ? PAGE_ALIGN_DOWN(offset) / PAGE_SIZE - 1 : 0);
...>
}
