// Breaks: every queued huge page counts as underused.
// Seen as: huge pages in use are split.
// Caught by: thp/deferred_split.used_enough
// Noticed by: thp/deferred_split.used_enough, its own check
// Changes: mm/huge_memory.c 1
@@ @@
thp_underused(...)
{
...
+ if (folio)
+	return true;
for (...; ...; ...) { ... }
...
}
