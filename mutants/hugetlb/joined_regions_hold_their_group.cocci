// Breaks: two reserved regions that merge keep two references to their cgroup.
// Seen as: a removed cgroup is never freed.
// Caught by: hugetlb/balance.limited_regions
// Noticed by: hugetlb/balance.limited_regions, its own check
// Changes: mm/hugetlb.c 2
// History: commit d85aecf2844f, "hugetlb_cgroup: fix imbalanced css_get and css_put pair for
//   shared mappings"
@@ @@
coalesce_file_region(...)
{
<...
- put_uncharge_info(...);
...>
}
