/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request of HTTP/1.1 (RFC 9112) on a connection that a service manager has accepted: enough for a scrape. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>

enum http_status {
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400,
	HTTP_NOT_FOUND = 404,
	HTTP_NOT_ALLOWED = 405, /* neither GET nor HEAD */
	HTTP_TIMEOUT = 408,
	HTTP_TOO_LARGE = 431, /* its header */
	HTTP_UNAVAILABLE = 503,
};

/* A request, and what its answer shall be. */
struct http_request {
	enum http_status status;
	bool head; /* the answer has no content (RFC 9110 9.3.2) */
};

/* Reads the request line and the header, in 5 s at most. A request for another path than this one is
 * HTTP_NOT_FOUND. */
struct http_request http_read(int fd, const char *path);

/* Prints the head of an answer on stdout. Its content ends with the connection. */
void http_print_head(enum http_status status, const char *type);

/* Ends the answer on stdout, and reads what the client still sends, for 5 s at most. If a connection is closed with
 * octets unread, the kernel resets it, and the client may lose the answer (RFC 9112 9.6). Without a connection, as
 * in a pipe, it only flushes stdout. */
void http_end(int fd);

#endif
