// Breaks: a ring unpins a buffer as soon as it is registered.
// Seen as: the device writes to freed memory.
// Caught by: pin/gone.unmapped_* pin/gone.dropped_*
// Noticed by: pin/gone.unmapped_base, kernel log
// Changes: io_uring/rsrc.c 1
@@ identifier pimu, imu; @@
io_sqe_buffer_register(...)
{
<...
  *pimu = imu;
+ {
+	unsigned int piece;
+
+	for (piece = 0; piece < imu->nr_bvecs; piece++)
+		unpin_user_folio(page_folio(imu->bvec[piece].bv_page), 1);
+ }
...>
}
