// Breaks: a direct read reports success and fills memory with zeros.
// Seen as: data of the file is not read.
// Caught by: pin/direct.ends_* pin/direct.untouched_* pin/direct.neighbours* pin/direct.hole pin/file.direct_*
// Noticed by: pin/direct.ends_base, its own check
// Changes: fs/iomap/direct-io.c 2
@@ expression iter, dio; @@
iomap_dio_iter(...)
{
<...
- return iomap_dio_bio_iter(iter, dio);
+ return dio->flags & IOMAP_DIO_WRITE ? iomap_dio_bio_iter(iter, dio) : iomap_dio_hole_iter(iter, dio);
...>
}
