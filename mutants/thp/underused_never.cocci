// Breaks: no huge page counts as underused.
// Seen as: zero-filled memory is not freed.
// Caught by: thp/deferred_split.underused
// Noticed by: thp/deferred_split.underused, its own check
// Changes: mm/huge_memory.c 1
@@ @@
thp_underused(...)
{
...
+ if (folio)
+	return false;
for (...; ...; ...) { ... }
...
}
