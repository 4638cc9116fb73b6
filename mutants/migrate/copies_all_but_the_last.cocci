// Breaks: the last base page of a huge page is not copied when it migrates.
// Seen as: 4 kB of old data.
// Caught by: migrate/mbind.whole migrate/move_pages.first_base_page migrate/move_pages.to_and_fro migrate/sizes.every_size migrate/move_pages.inner_base_page migrate/move_pages.every_base_page migrate/race_fork.anon_mthp migrate/race_split.anon migrate/race_split.anon_forked migrate/race_split.shmem_shared migrate/race_split.process migrate/race_split.anon_pte_mapped thp/race_others.pageout thp/race_others.balance
// Noticed by: migrate/mbind.whole, its own check
// Changes: mm/util.c 1
@@ @@
folio_mc_copy(...)
{
...
- long nr = folio_nr_pages(src);
+ long nr = folio_nr_pages(src) > 1 ? folio_nr_pages(src) - 1 : 1;
...
}
