// Slows: the allocation of a hugetlb page takes so long that its first touch takes 5 % more
// instructions.
// Seen as: nothing without measuring; compare --explain names the function.
// Changes: mm/hugetlb.c 1
@@ identifier idx, h; @@
alloc_hugetlb_folio(...)
{
<...
- idx = hstate_index(h);
+ {
+	unsigned int turn;
+
+	for (turn = 0; turn < 7200; turn++)
+		barrier();
+	idx = hstate_index(h);
+ }
...>
}
