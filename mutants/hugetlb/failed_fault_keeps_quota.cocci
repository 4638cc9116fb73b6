// Breaks: a fault that gets no huge page stays charged to size= of the mount.
// Seen as: an empty mount is full, and its reservations stay.
// Caught by: hugetlb/mount_min_size.empty_pool_size
// History: Linux 6.15 did so, from the fix of another fault on (a833a693a490).
// Changes: mm/hugetlb.c 1
@@ @@
alloc_hugetlb_folio(...)
{
<...
- if (map_chg || cow_from_owner)
-	hugepage_subpool_put_pages(spool, 1);
+ if ((map_chg || cow_from_owner) && !gbl_chg)
+	hugepage_subpool_put_pages(spool, 1);
...>
}
