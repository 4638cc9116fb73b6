// Breaks: a full file system does not split huge pages that reach beyond the end of their files.
// Seen as: ENOSPC although most of the space is unused.
// Caught by: tmpfs/tails.*
// Noticed by: tmpfs/tails.files_one_page, its own check
// Changes: mm/shmem.c 1
// History: commit 779750d20b93, "shmem: split huge pages beyond i_size under memory pressure"
@@ @@
shmem_get_folio_gfp(...)
{
<...
- list_add_tail(&info->shrinklist, &sbinfo->shrinklist);
- sbinfo->shrinklist_len++;
+ ;
...>
}
