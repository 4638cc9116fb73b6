// Breaks: unmapped device private pages are not subtracted from the RSS.
// Seen as: RssAnon is too high, "Bad rss-counter state" at exit.
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
