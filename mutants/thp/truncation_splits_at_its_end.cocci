// Breaks: a file is split at the page before that which is cut out.
// Seen as: what was cut stays, as a part of a larger piece.
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
