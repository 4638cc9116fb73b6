// Slows: the first touch of a hugetlb page takes 5 % more instructions.
// Seen as: nothing without measuring.
// Changes: mm/hugetlb.c 1
@@ identifier folio; expression list args; @@
hugetlb_no_page(...)
{
<...
- folio = alloc_hugetlb_folio(args);
+ {
+	unsigned int turn;
+
+	for (turn = 0; turn < 7200; turn++)
+		barrier();
+	folio = alloc_hugetlb_folio(args);
+ }
...>
}
