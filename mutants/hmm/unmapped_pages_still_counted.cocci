// Breaks: pages on a device that a process gives up stay in its RSS.
// Seen as: RssAnon too high, "Bad rss-counter state" at exit.
// Caught by: hmm/fork.unmapped_* hmm/exclusive.unmapped
// Noticed by: hmm/exclusive.unmapped, its own check
// Changes: mm/memory.c 1
@@ @@
zap_pte_range(...)
{
<...
WARN_ON_ONCE(!folio_test_anon(folio));
- rss[mm_counter(folio)]--;
...>
}
