/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/word.h>

#include <string.h>

bool word_is(struct word w, const char *text)
{
	return w.len == strlen(text) && memcmp(w.text, text, w.len) == 0;
}

bool word_number(struct word w, uint32_t most, uint32_t *number)
{
	*number = 0;
	if (!w.len || w.len > 9 || (w.text[0] == '0' && w.len > 1))
		return false;
	for (size_t i = 0; i < w.len; i++) {
		if (w.text[i] < '0' || w.text[i] > '9')
			return false;
		*number = *number * 10 + (uint32_t)(w.text[i] - '0');
	}
	return *number <= most;
}

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
