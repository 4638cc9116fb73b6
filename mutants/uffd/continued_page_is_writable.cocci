// Breaks: UFFDIO_CONTINUE maps the file's page writable in a private mapping.
// Seen as: private writes change the file.
// Caught by: uffd/minor.written_private
// Noticed by: uffd/minor.written_private, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
mfill_atomic_install_pte(...)
{
<...
- if (page_in_cache && !vm_shared) writable = false;
...>
}
