// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Processes that share nothing but a file descriptor share its huge pages: each maps the
 * file itself, sees the others' writes, and the pool provides the pages once.
 */
#include "hugeproof.h"

#include <sys/socket.h>

/* Sends a descriptor over a socket, as unrelated processes do (SCM_RIGHTS). */
static void send_descriptor(int socket, int fd)
{
	char byte = 'd', control[CMSG_SPACE(sizeof(fd))] = {0};
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	hp_require(sendmsg(socket, &message, 0) == 1, "sendmsg: %s", strerror(errno));
}

static int receive_descriptor(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	int fd;

	hp_require(recvmsg(socket, &message, 0) == 1 && CMSG_FIRSTHDR(&message),
		   "recvmsg: %s", strerror(errno));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

HP_CASE(by_descriptor,
	"a hugetlb file passed over a socket maps the same pages in both processes")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_barrier *barrier = hp_barrier_new(2);
	struct hp_area *area;
	int fd, ends[2];
	pid_t pid;

	hp_require(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair: %s",
		   strerror(errno));
	/* Forked before the file is created: it inherits neither descriptor nor mapping. */
	hp_beside_child(pid) {
		area = hp_map_file(receive_descriptor(ends[1]), 0, 1, MAP_SHARED);
		start = hp_hugetlb();
		hp_step("the other process reads and writes");
		hp_check_filled(area, 'o');
		hp_fill(area, 'n');
		hp_check_hugetlb(start);
		hp_meet(barrier);
		hp_meet(barrier);
		hp_check_filled(area, 'n');
	}
	area = hp_filled_file(&fd, 1, 'o');
	send_descriptor(ends[0], fd);
	hp_meet(barrier);
	hp_check_filled(area, 'n');
	hp_check_hugetlb(start, .free = -1);

	hp_step("this process unmaps and closes; the other's mapping keeps the page");
	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_check_hugetlb(start, .free = -1);
	hp_meet(barrier);
	hp_wait_ok(pid);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "unrelated processes share the huge pages of one file",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"man", "memfd_create(2)"}, {"man", "unix(7)"}))
