// Fixes: the known issue soft-dirty-device-page-looks-writable (doc/known-issues.md): only
// a present entry has a bit that says it may be written.
// Source: deb:trixie-backports/linux-source-7.3
// Changes: mm/huge_memory.c 1
@@
identifier pmde;
expression A, B;
@@
remove_migration_pmd(...)
{
<...
- VM_WARN_ON_ONCE(pmd_write(pmde) && A && B)
+ VM_WARN_ON_ONCE(pmd_present(pmde) && pmd_write(pmde) && A && B)
...>
}
