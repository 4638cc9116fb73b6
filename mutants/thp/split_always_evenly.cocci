// Breaks: a split at a page splits the folio into parts of one size.
// Seen as: a hole of one page leaves no large folio.
// Caught by: thp/split_at.places_* thp/split_at.punched
// Noticed by: thp/split_at.places_thp, its own check
// Since: 6.15
// Changes: mm/huge_memory.c 1
@@ @@
folio_split(...)
{
<...
- SPLIT_TYPE_NON_UNIFORM
+ SPLIT_TYPE_UNIFORM
...>
}
