/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/nsfs.h>

struct addr doctor_visitor(uint8_t family)
{
	static const uint8_t v4[] = { 198, 41, 0, 4 };
	static const uint8_t v6[16] = { 0x20, 0x01, 0x05, 0x03, 0xba, 0x3e, [13] = 2, [15] = 0x30 };

	return family == ADDR_IPV4 ? addr_make(ADDR_IPV4, v4) :
	       family == ADDR_IPV6 ? addr_make(ADDR_IPV6, v6) : (struct addr){ 0 };
}

bool doctor_is_foreign(void)
{
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int owner = net < 0 ? -1 : ioctl(net, NS_GET_USERNS);
	bool foreign = net >= 0 && owner < 0 && errno == EPERM;

	if (owner >= 0)
		close(owner);
	if (net >= 0)
		close(net);
	return foreign;
}

void doctor_lacks(struct finding *f, const char *capabilities)
{
	if (doctor_is_foreign())
		finding_note(f, "cannot be looked at without %s over this network namespace; look again as root, outside of this user namespace",
			     capabilities);
	else if (geteuid() == 0)
		finding_note(f, "cannot be looked at without %s, which root does not have here; look again where root has it",
			     capabilities);
	else
		finding_note(f, "cannot be looked at without %s; look again as root", capabilities);
}
