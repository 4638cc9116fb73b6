// Breaks: direct I/O leaves the last page of each bvec pinned.
// Seen as: memory used for O_DIRECT cannot be migrated, and huge pages leak.
// Caught by: pin/direct.given_back
// Noticed by: pin/direct.given_back, its own check
// Changes: block/bio.c 1
@@ expression A, B; @@
__bio_release_pages(...)
{
<...
- nr_pages = A - B + 1;
+ nr_pages = A - B;
...>
}
