/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen PATH: plays the service manager at a notification socket. Prints each message on its own
 * line. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char *argv[])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char message[512];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ssize_t len;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("listen");
		return 1;
	}
	while ((len = recv(fd, message, sizeof(message), 0)) >= 0) {
		printf("%.*s\n", (int)len, message);
		fflush(stdout);
	}
	return 1;
}
