/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(struct finding *f, enum outcome outcome, const char *format, va_list ap)
{
	size_t len;

	if (outcome < f->outcome)
		return;
	if (outcome > f->outcome)
		f->text[0] = '\0';
	f->outcome = outcome;
	len = strlen(f->text);
	if (len)
		len += (size_t)snprintf(f->text + len, sizeof(f->text) - len, "; ");
	if (len < sizeof(f->text))
		vsnprintf(f->text + len, sizeof(f->text) - len, format, ap);
}

#define ADD(outcome) \
	do { \
		va_list ap_; \
		va_start(ap_, format); \
		add(f, outcome, format, ap_); \
		va_end(ap_); \
	} while (0)

void finding_ok(struct finding *f, const char *format, ...)
{
	ADD(OUTCOME_OK);
}

void finding_note(struct finding *f, const char *format, ...)
{
	ADD(OUTCOME_NOTE);
}

void finding_wrong(struct finding *f, const char *format, ...)
{
	ADD(OUTCOME_WRONG);
}

void finding_list_add(struct finding_list *l, const char *format, ...)
{
	size_t len = strlen(l->text);
	va_list ap;

	if (l->count++ >= FINDING_LISTED)
		return;
	if (len)
		len += (size_t)snprintf(l->text + len, sizeof(l->text) - len, ", ");
	if (len >= sizeof(l->text))
		return;
	va_start(ap, format);
	vsnprintf(l->text + len, sizeof(l->text) - len, format, ap);
	va_end(ap);
}

void finding_list_address(struct finding_list *l, const struct addr *a)
{
	char text[ADDR_TEXT_SIZE];

	finding_list_add(l, "%s", addr_print(a, text));
}

void finding_addresses_add(struct finding_addresses *a, const struct addr *addr)
{
	if (a->list.count < FINDING_LISTED)
		a->first[a->list.count] = *addr;
	finding_list_address(&a->list, addr);
}

static void append(char buf[static FINDING_FIX_SIZE], const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, FINDING_FIX_SIZE - len, "%s", text);
}

const char *finding_fix(const struct finding_addresses *a, const char *command,
			char buf[static FINDING_FIX_SIZE])
{
	char address[ADDR_TEXT_SIZE], others[64];

	buf[0] = '\0';
	for (size_t i = 0; i < a->list.count && i < FINDING_LISTED; i++) {
		if (i && !strchr(command, '@'))
			return buf;
		addr_print(&a->first[i], address);
		append(buf, i ? " && " : "");
		for (const char *c = command; *c; c++)
			append(buf, *c == '@' ? address : (const char[]){ *c, '\0' });
	}
	if (a->list.count > FINDING_LISTED) {
		snprintf(others, sizeof(others), " (and the same for the other %zu)", a->list.count - FINDING_LISTED);
		append(buf, others);
	}
	return buf;
}

const char *finding_list_more(const struct finding_list *l, char buf[static 32])
{
	buf[0] = '\0';
	if (l->count > FINDING_LISTED)
		snprintf(buf, 32, " and %zu more", l->count - FINDING_LISTED);
	return buf;
}
