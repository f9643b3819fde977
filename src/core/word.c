/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/word.h>

#include <string.h>

bool word_is(struct word w, const char *text)
{
	return w.len == strlen(text) && memcmp(w.text, text, w.len) == 0;
}

/* Reads decimal digits. */
static bool digits(struct word w, uint64_t *number)
{
	if (!w.len || w.len > 10)
		return false;
	for (size_t i = 0; i < w.len; i++) {
		if (w.text[i] < '0' || w.text[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t)(w.text[i] - '0');
	}
	return true;
}

bool word_number(struct word w, uint32_t most, uint32_t *number)
{
	return word_decimal(w, 0, most, number);
}

bool word_decimal(struct word w, unsigned places, uint32_t most, uint32_t *number)
{
	struct word whole = { 0 }, fraction = { 0 };
	uint64_t n = 0;

	word_take(&w, '.', &whole);
	*number = 0;
	if (!digits(whole, &n) || (whole.text[0] == '0' && whole.len > 1))
		return false;
	if (w.text && (!word_take(&w, '.', &fraction) || w.text || fraction.len > places || !digits(fraction, &n)))
		return false;
	for (size_t i = fraction.len; i < places; i++)
		n *= 10;
	*number = (uint32_t)n;
	return n <= most;
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

char *word_put_decimal(char *at, unsigned places, uint32_t number)
{
	uint32_t one = 1;

	for (unsigned i = 0; i < places; i++)
		one *= 10;
	at = word_put_number(at, number / one);
	if (number % one)
		at = word_put(at, ".");
	for (number %= one; number; number %= one)
		at = word_put_number(at, number / (one /= 10));
	return at;
}
