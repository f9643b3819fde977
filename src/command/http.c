/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/http.h"

#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <scuttle/word.h>

#include "system/clock.h"

enum {
	REQUEST_MAX = 8192, /* octets */
	PATIENCE = 5000, /* milliseconds */
};

/* Whether the empty line behind the header is there (RFC 9112 2.2: a line may end without CR). */
static bool is_whole(const char *text, size_t len)
{
	return memmem(text, len, "\n\r\n", 3) || memmem(text, len, "\n\n", 2);
}

/* Waits for octets, or for the end of the connection. False if the time is over. */
static bool is_readable(int fd, int64_t until)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	const int64_t left = until - clock_now();

	return left > 0 && poll(&readable, 1, (int)left) != 0;
}

/* Reads up to the end of the header. */
static enum http_status receive(int fd, char text[static REQUEST_MAX], size_t *len)
{
	const int64_t until = clock_now() + PATIENCE;
	ssize_t n;

	for (*len = 0; !is_whole(text, *len); *len += (size_t)n) {
		if (*len == REQUEST_MAX)
			return HTTP_TOO_LARGE;
		if (!is_readable(fd, until))
			return HTTP_TIMEOUT;
		n = read(fd, text + *len, REQUEST_MAX - *len);
		if (n <= 0)
			return HTTP_BAD_REQUEST;
	}
	return HTTP_OK;
}

/* The path of a target (RFC 9112 3.2): without a scheme and host before it and a query behind it. */
static struct word path_of(struct word target)
{
	static const char scheme[] = "http://";
	const size_t len = sizeof(scheme) - 1;
	struct word rest, host, path = target;

	if (target.len > len && !strncasecmp(target.text, scheme, len)) {
		target = rest = (struct word){ target.text + len, target.len - len };
		word_take(&rest, '/', &host);
		target = (struct word){ target.text + host.len, target.len - host.len };
	}
	word_take(&target, '?', &path);
	return path;
}

struct http_request http_read(int fd, const char *path)
{
	char text[REQUEST_MAX];
	struct word rest = { .text = text }, line, method, target;
	struct http_request r = { .status = receive(fd, text, &rest.len) };

	if (r.status != HTTP_OK)
		return r;
	if (!word_take(&rest, '\n', &line) || !word_take(&line, ' ', &method) || !word_take(&line, ' ', &target) ||
	    line.len < 8 || memcmp(line.text, "HTTP/1.", 7) != 0) {
		r.status = HTTP_BAD_REQUEST;
		return r;
	}
	r.head = word_is(method, "HEAD");
	if (!word_is(path_of(target), path))
		r.status = HTTP_NOT_FOUND;
	else if (!r.head && !word_is(method, "GET"))
		r.status = HTTP_NOT_ALLOWED;
	return r;
}

static const char *reason_of(enum http_status status)
{
	switch (status) {
	case HTTP_OK:
		return "OK";
	case HTTP_BAD_REQUEST:
		return "Bad Request";
	case HTTP_NOT_FOUND:
		return "Not Found";
	case HTTP_NOT_ALLOWED:
		return "Method Not Allowed";
	case HTTP_TIMEOUT:
		return "Request Timeout";
	case HTTP_TOO_LARGE:
		return "Request Header Fields Too Large";
	case HTTP_UNAVAILABLE:
		break;
	}
	return "Service Unavailable";
}

void http_print_head(enum http_status status, const char *type)
{
	printf("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nConnection: close\r\n%s\r\n", status, reason_of(status), type,
	       status == HTTP_NOT_ALLOWED ? "Allow: GET, HEAD\r\n" : "");
}

void http_end(int fd)
{
	const int64_t until = clock_now() + PATIENCE;
	char rest[REQUEST_MAX];

	if (fflush(stdout) != 0 || shutdown(fd, SHUT_WR) != 0)
		return;
	while (is_readable(fd, until) && read(fd, rest, sizeof(rest)) > 0)
		;
}
