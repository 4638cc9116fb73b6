// Breaks: holes of files migrate as if the memory were anonymous.
// Seen as: a process has private pages in a shared mapping.
// Caught by: hmm/refused.shared_hole_* hmm/refused.private_hole_* hmm/refused.anonymous_shared_*
// Noticed by: hmm/refused.shared_hole_private, its own check
// Changes: mm/migrate_device.c 3
@@ @@
migrate_vma_collect_hole(...)
{
<...
- !vma_is_anonymous(walk->vma)
+ 0
...>
}

@@ @@
migrate_vma_collect_pmd(...)
{
<...
- vma_is_anonymous(vma)
+ 1
...>
}

@@ @@
migrate_vma_insert_page(...)
{
<...
- !vma_is_anonymous(vma)
+ 0
...>
}
