// Breaks: a recovered error in anonymous memory is reported as failed.
// Seen as: "Failed" in the kernel log and the counters.
// Caught by: poison/page_types.anonymous poison/page_types.mlocked poison/page_types.merged poison/thp.one_base_page poison/thp.forked poison/thp.copied
// Noticed by: poison/page_types.anonymous, its own check
// Changes: mm/memory-failure.c 1
@@ @@
me_pagecache_clean(...)
{
<...
if (folio_test_anon(folio)) {
- ret = MF_RECOVERED;
+ ret = MF_FAILED;
...
}
...>
}
