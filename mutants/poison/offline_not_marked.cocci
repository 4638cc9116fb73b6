// Breaks: soft-offlined memory is not marked, and stays in use.
// Seen as: the bad memory is allocated again.
// Caught by: poison/soft_offline.private poison/soft_offline.shared poison/soft_offline.private_forked poison/soft_offline.no_other_page poison/thp.soft_offline
// Noticed by: poison/soft_offline.private, its own check
// Changes: mm/memory-failure.c 1
@@ @@
soft_offline_in_use_page(...)
{
<...
- if (!page_handle_poison(page, huge, release))
+ if (false)
    ret = -EBUSY;
...>
}
