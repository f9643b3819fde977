/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/word.h>

#include <string.h>

bool word_take(struct word *rest, char separator, struct word *part)
{
	const char *end;

	if (!rest->text)
		return false;
	end = rest->len ? memchr(rest->text, separator, rest->len) : NULL;
	*part = (struct word){ rest->text, end ? (size_t)(end - rest->text) : rest->len };
	*rest = end ? (struct word){ end + 1, rest->len - part->len - 1 } : (struct word){ 0 };
	return true;
}

char *word_put(char *at, const char *text)
{
	size_t len = strlen(text);

	memcpy(at, text, len + 1);
	return at + len;
}

char *word_put_number(char *at, uint32_t number)
{
	if (number >= 10)
		at = word_put_number(at, number / 10);
	*at++ = (char)('0' + number % 10);
	*at = '\0';
	return at;
}
