// Fixes: the known issues hmm-test-device-writes-its-own-frames and
// hmm-test-device-maps-its-memory-twice (doc/known-issues.md): the test device is to use
// the memory behind its private pages, not their frames, and has one chunk of coherent
// memory.
// Source: deb:trixie-backports/linux-source-7.3
// Changes: lib/test_hmm.c 2
@@
identifier page;
@@
dmirror_do_fault(...)
{
<...
  WARN_ON(!page);
+ if (is_device_private_page(page)) page = BACKING_PAGE(page);
...>
}

@@
expression E;
@@
dmirror_allocate_chunk(...)
{
<...
+ if (mdevice->devmem_count) goto err_devmem;
  devmem->pagemap.range.start = E ? spm_addr_dev0 : spm_addr_dev1;
...>
}
