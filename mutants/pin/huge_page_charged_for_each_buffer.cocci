// Breaks: each buffer is charged for the whole huge page that it is in.
// Seen as: VmPin has a huge page several times.
// Caught by: pin/counted_once.parts_*
// Until: 7.2
// Changes: io_uring/rsrc.c 2
@@ @@
headpage_already_acct(...)
{
<...
- return true;
+ return false;
...>
}
