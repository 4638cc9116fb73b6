// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A userfaultfd behaves as it was opened: by the system call or its device, for user mode
 * faults only or for faults in the kernel too, and with the information in its events that
 * its features promise.
 */
#include "hugeproof.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0)
#endif

#define FLAGS (O_CLOEXEC | O_NONBLOCK)

static int enabled(int fd, uint64_t features)
{
	struct uffdio_api api = {.api = UFFD_API, .features = features};

	hp_check_ok(ioctl(fd, UFFDIO_API, &api));
	hp_check_eq(api.features & features, features);
	return fd;
}

/* A handler has filled page 1; page 0 is missing. */
static struct hp_uffd_pages check_serves(int uffd, enum hp_memory memory)
{
	struct hp_uffd_pages it = hp_uffd_pages_of(memory, UFFDIO_REGISTER_MODE_MISSING, 0);
	struct hp_faulting_thread *thread;

	hp_check_eq(hp_uffd_unregister(it.uffd, it.area->addr, it.area->size), 0);
	hp_check_eq(hp_uffd_register(uffd, it.area->addr, it.area->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    0);
	thread = hp_fault_in_thread(hp_page(it.area, 1), HP_WRITE);
	hp_uffd_fault(uffd, hp_page(it.area, 1));
	hp_check_eq(hp_uffd_copy(uffd, hp_page(it.area, 1), hp_page(it.source, 1),
				 it.area->page_size),
		    0);
	hp_check_goes_on(thread);
	hp_check_filled_around(
		hp_nth_page(it.area, 1),
		(const struct hp_area[]){hp_area_at(hp_page(it.area, 1), 8, 8)}, 'u');
	return it;
}

HP_CASES(device, "/dev/userfaultfd creates a userfaultfd that handles faults",
	 hp_uffd_page_kinds, kind)
{
	int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);

	if (device < 0)
		hp_skip_case("needs /dev/userfaultfd (Linux 6.1, devtmpfs): run it in the "
			     "lab");
	check_serves(enabled(hp_check_ok(ioctl(device, USERFAULTFD_IOC_NEW, FLAGS)), 0),
		     kind->memory);
}

HP_CASES(user_mode,
	 "UFFD_USER_MODE_ONLY handles faults of the program, and system calls get EFAULT",
	 hp_uffd_page_kinds, kind)
{
	struct hp_uffd_pages it;
	int uffd = (int)syscall(SYS_userfaultfd, FLAGS | UFFD_USER_MODE_ONLY), ends[2];

	hp_check_ok(uffd);
	enabled(uffd, 0);
	it = check_serves(uffd, kind->memory);
	hp_check_ok(pipe(ends));
	hp_check_errno(write(ends[1], it.area->addr, 8), EFAULT);
	hp_check_eq(write(ends[1], "12345678", 8), 8);
	hp_check_errno(read(ends[0], it.area->addr, 8), EFAULT);
	hp_check(!hp_uffd_pending(uffd));
}

struct kernel_access {
	int fd;
	char *from;
};

static void *write_from(void *arg)
{
	const struct kernel_access *access = arg;

	hp_check_eq(write(access->fd, access->from, 8), 8);
	return NULL;
}

HP_CASES(kernel, "a system call waits for the handler as the program does",
	 hp_uffd_page_kinds, kind)
{
	struct hp_uffd_pages it =
		hp_uffd_pages_of(kind->memory, UFFDIO_REGISTER_MODE_MISSING, 0);
	struct kernel_access access;
	uint64_t word = 0;
	pthread_t thread;
	int ends[2];

	hp_check_ok(pipe(ends));
	access = (struct kernel_access){ends[1], hp_page(it.area, 1) + 16};
	thread = hp_thread(write_from, &access);
	hp_uffd_fault(it.uffd, hp_page(it.area, 1));
	hp_check_eq(hp_uffd_copy(it.uffd, hp_page(it.area, 1), hp_page(it.source, 1),
				 it.area->page_size),
		    0);
	hp_join(thread);
	hp_check_eq(read(ends[0], &word, 8), 8);
	hp_check_eq(word, hp_pattern(it.source, it.area->page_size + 16, 'u'));
}

/* Where a thread accesses memory, and which thread it is. */
struct access {
	volatile char *addr;
	pid_t thread;
};

static void *touch(void *arg)
{
	struct access *access = arg;

	access->thread = (pid_t)syscall(SYS_gettid);
	(void)*access->addr;
	return NULL;
}

static struct uffd_msg next_fault(const struct hp_uffd_pages *it, struct access *access)
{
	struct uffd_msg message = {0};
	pthread_t thread = hp_thread(touch, access);

	hp_eventually(hp_uffd_pending(it->uffd), 5);
	hp_check_eq(read(it->uffd, &message, sizeof(message)), sizeof(message));
	hp_check_eq(message.event, UFFD_EVENT_PAGEFAULT);
	hp_check_eq(hp_uffd_copy(it->uffd, hp_page(it->area, 1), hp_page(it->source, 1),
				 it->area->page_size),
		    0);
	hp_join(thread);
	return message;
}

HP_CASES(thread, "UFFD_FEATURE_THREAD_ID reports the ID of the waiting thread",
	 hp_uffd_page_kinds, kind)
{
	struct hp_uffd_pages it = hp_uffd_pages_of(
		kind->memory, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_THREAD_ID);
	struct access access = {.addr = hp_page(it.area, 1) + 1234};
	struct uffd_msg message = next_fault(&it, &access);

	hp_check_eq(message.arg.pagefault.feat.ptid, access.thread);
	/* Without UFFD_FEATURE_EXACT_ADDRESS it is the address of the page. */
	hp_check_eq(message.arg.pagefault.address, (uintptr_t)hp_page(it.area, 1));
}

HP_CASES(exact, "UFFD_FEATURE_EXACT_ADDRESS reports the exact address of the access",
	 hp_uffd_page_kinds, kind)
{
	struct hp_uffd_pages it = hp_uffd_pages_of(
		kind->memory, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_EXACT_ADDRESS);
	struct access access = {.addr = hp_page(it.area, 2) - 77};
	struct uffd_msg message = next_fault(&it, &access);

	hp_check_eq(message.arg.pagefault.address, (uintptr_t)access.addr);
	hp_check_eq(message.arg.pagefault.feat.ptid, 0);
}

HP_CASE(refused, "userfaultfd calls out of order, or with unknown versions and flags, fail")
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);
	struct uffdio_api api = {.api = UFFD_API + 1};
	struct uffd_msg message;
	int uffd = hp_check_ok((int)syscall(SYS_userfaultfd, FLAGS));

	hp_step("UFFDIO_API with an unknown version");
	hp_check_errno(ioctl(uffd, UFFDIO_API, &api), EINVAL);
	hp_step("UFFDIO_API a second time");
	api = (struct uffdio_api){.api = UFFD_API};
	hp_check_errno(ioctl(hp_uffd(0), UFFDIO_API, &api), EINVAL);
	hp_step("calls before UFFDIO_API");
	uffd = hp_check_ok((int)syscall(SYS_userfaultfd, FLAGS));
	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    EINVAL);
	hp_check_errno(read(uffd, &message, sizeof(message)), EINVAL);
	api = (struct uffdio_api){.api = UFFD_API, .features = (uint64_t)1 << 63};
	hp_check_errno(ioctl(uffd, UFFDIO_API, &api), EINVAL);
	hp_check_errno(syscall(SYS_userfaultfd, O_APPEND), EINVAL);
}

HP_CASES(registered,
	 "registering a range twice or with bad arguments fails and changes nothing",
	 hp_uffd_page_kinds, kind)
{
	struct hp_uffd_pages it =
		hp_uffd_pages_of(kind->memory, UFFDIO_REGISTER_MODE_MISSING, 0);
	int other = hp_uffd(0), mode = UFFDIO_REGISTER_MODE_MISSING;
	size_t size = it.area->size, page = it.area->page_size;
	char *addr = it.area->addr;

	/* Registered already; unaligned; empty; without or with unknown modes. */
	hp_check_eq(hp_uffd_register(other, addr, size, mode), EBUSY);
	hp_check_eq(hp_uffd_register(it.uffd, addr + 512, page, mode), EINVAL);
	hp_check_eq(hp_uffd_register(it.uffd, addr, page + 512, mode), EINVAL);
	hp_check_eq(hp_uffd_register(it.uffd, addr, 0, mode), EINVAL);
	hp_check_eq(hp_uffd_register(it.uffd, addr, size, 0), EINVAL);
	hp_check_eq(hp_uffd_register(it.uffd, addr, size, 1 << 5), EINVAL);
	/* A part may be unregistered, and registered with another userfaultfd. */
	hp_check_eq(hp_uffd_unregister(it.uffd, addr + page, size - page), 0);
	hp_check_eq(hp_uffd_register(other, addr, size, mode), EBUSY);
	hp_check_eq(hp_uffd_register(other, addr + page, size - page, mode), 0);
	hp_check_eq(hp_uffd_copy(other, addr + page, hp_page(it.source, 1), page), 0);
	hp_check_filled(hp_nth_page(it.area, 1), 'u');
	hp_check_eq(hp_uffd_copy(it.uffd, addr, it.source->addr, page), 0);
	hp_check_filled(hp_nth_page(it.area, 0), 'u');
}

HP_CASE(part_of_hugetlb,
	"a part of a hugetlb page can neither be registered nor unregistered (EINVAL)")
{
	struct hp_area *area = hp_map_hugetlb(2, MAP_SHARED);
	int uffd = hp_uffd(0), mode = UFFDIO_REGISTER_MODE_MISSING;
	size_t base = hp_base_size;

	hp_check_eq(hp_uffd_register(uffd, area->addr + base, hp_page_size, mode), EINVAL);
	hp_check_eq(hp_uffd_register(uffd, area->addr, hp_page_size + base, mode), EINVAL);
	hp_check_eq(hp_uffd_register(uffd, area->addr, 2 * hp_page_size, mode), 0);
	hp_check_eq(hp_uffd_unregister(uffd, area->addr + base, hp_page_size), EINVAL);
	hp_check_eq(hp_uffd_unregister(uffd, area->addr, hp_page_size), 0);
	hp_check_no_wait(area->addr, HP_WRITE);
	hp_check(!hp_uffd_pending(uffd));
}

HP_CASES(no_handler,
	 "with UFFD_FEATURE_SIGBUS an access to a missing page gets SIGBUS at once",
	 hp_uffd_page_kinds, kind)
{
	struct hp_uffd_pages it = hp_uffd_pages_of(
		kind->memory, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_SIGBUS);

	hp_check_fault(it.area, hp_page(it.area, 1), HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_fault(it.area, hp_page(it.area, 2) - 1, HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check(!hp_uffd_pending(it.uffd));
	hp_check_eq(hp_uffd_copy(it.uffd, hp_page(it.area, 1), hp_page(it.source, 1),
				 it.area->page_size),
		    0);
	hp_check_no_wait(hp_page(it.area, 1), HP_WRITE);
	hp_check_fault(it.area, it.area->addr, HP_READ, SIGBUS, BUS_ADRERR);
}

HP_PROGRAM(.summary = "a userfaultfd behaves as it was opened and registered",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"man", "userfaultfd(2)", "UFFD_USER_MODE_ONLY"},
				 {"man", "ioctl_userfaultfd(2)", "UFFDIO_REGISTER"},
				 {"doc", "Documentation/admin-guide/mm/userfaultfd.rst",
				  "Creating a userfaultfd"}))
