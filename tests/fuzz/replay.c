/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay FILE...: gives each file to a fuzz target, without libFuzzer. It prints the name of a
 * file before it runs it, so that the last name belongs to the file with the mistake. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

enum { MOST = 1 << 20 }; /* octets of a file */

int main(int argc, char *argv[])
{
	static uint8_t octet[MOST];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t len;

		if (!f) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		len = fread(octet, 1, sizeof(octet), f);
		fclose(f);
		printf("%s\n", argv[i]);
		fflush(stdout);
		LLVMFuzzerTestOneInput(octet, len);
	}
	return EXIT_SUCCESS;
}
