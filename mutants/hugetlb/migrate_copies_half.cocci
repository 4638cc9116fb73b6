// Breaks: migration copies only the first half of a folio.
// Seen as: data is lost when a page migrates.
// Caught by: hugetlb/migrate.private hugetlb/migrate.shared hugetlb/migrate.shared_by_two hugetlb/migrate.private_by_two pmdshare/migrate.to_and_fro poison/soft_offline.private poison/soft_offline.shared poison/soft_offline.private_forked poison/soft_offline.shared_forked poison/soft_offline.no_other_page
// Noticed by: hugetlb/migrate.private, its own check
// Changes: mm/util.c 1
@@ @@
folio_mc_copy(...)
{
<...
- ++i == nr
+ ++i >= (nr + 1) / 2
...>
}
