// Breaks: behind a direct transfer the last page of each piece stays pinned.
// Seen as: memory that was read into with O_DIRECT never moves again, and huge pages are lost.
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
