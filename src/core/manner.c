/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <scuttle/manner.h>

#include <stddef.h>
#include <string.h>

#include <scuttle/chance.h>

enum {
	RATE_MAX = 1000000, /* errors a second, and at once */
	MTU_MAX = 65535,
	WEIGHT_MAX = 1000,
	INDEX_MAX = 0x7fffffff, /* of an interface (RFC 2863) */
	LABEL_MAX = 0xfffff, /* 20 bits (RFC 3032 2.1) */
	TC_MAX = 7, /* 3 bits: traffic class (RFC 5462) */
	TTL_MAX = 255,
	TTL_USUAL = 1, /* the label stack expires with the probe */
	PERCENT_PLACES = 4, /* behind the point, so that a unit is a millionth of all */
	MS_PLACES = 3, /* so that a unit is a microsecond */
	S_PLACES = 6,
};

/* Takes a unit off the end of a word. */
static bool take_unit(struct word *w, const char *unit)
{
	size_t len = strlen(unit);

	if (w->len < len || memcmp(w->text + w->len - len, unit, len) != 0)
		return false;
	w->len -= len;
	return true;
}

/* delay, jitter. */

bool manner_read_time(struct word text, uint32_t *time)
{
	if (take_unit(&text, "ms"))
		return word_decimal(text, MS_PLACES, MANNER_TIME_MAX, time);
	if (take_unit(&text, "s"))
		return word_decimal(text, S_PLACES, MANNER_TIME_MAX, time);
	return word_number(text, 0, time);
}

char *manner_put_time(char *at, uint32_t time)
{
	return word_put(word_put_decimal(at, MS_PLACES, time), "ms");
}

static bool read_delay(struct manner *m, struct word value)
{
	return manner_read_time(value, &m->delay);
}

static char *print_delay(const struct manner *m, char *at)
{
	return manner_put_time(at, m->delay);
}

static bool read_jitter(struct manner *m, struct word value)
{
	return manner_read_time(value, &m->jitter);
}

static char *print_jitter(const struct manner *m, char *at)
{
	return manner_put_time(at, m->jitter);
}

/* loss, silent. */

static bool read_share(uint32_t *share, struct word text)
{
	if (take_unit(&text, "%"))
		return word_decimal(text, PERCENT_PLACES, CHANCE_CERTAIN, share);
	return word_number(text, 0, share);
}

static char *put_share(char *at, uint32_t share)
{
	return word_put(word_put_decimal(at, PERCENT_PLACES, share), "%");
}

static bool read_loss(struct manner *m, struct word value)
{
	return read_share(&m->loss, value);
}

static char *print_loss(const struct manner *m, char *at)
{
	return put_share(at, m->loss);
}

static bool read_silent(struct manner *m, struct word value)
{
	return read_share(&m->silent, value);
}

static char *print_silent(const struct manner *m, char *at)
{
	return put_share(at, m->silent);
}

/* rate. */

static bool read_rate(struct manner *m, struct word value)
{
	struct word rate;

	word_take(&value, ':', &rate);
	m->burst = 1;
	return take_unit(&rate, "/s") && word_number(rate, RATE_MAX, &m->rate) && m->rate &&
	       (!value.text || (word_number(value, RATE_MAX, &m->burst) && m->burst));
}

static char *print_rate(const struct manner *m, char *at)
{
	at = word_put(word_put_number(at, m->rate), "/s");
	return m->burst == 1 ? at : word_put_number(word_put(at, ":"), m->burst);
}

/* mpls. */

/* LABEL[:TC[:TTL]] as a label stack entry: label, traffic class, S, TTL. */
static bool read_label(struct word text, uint32_t *entry)
{
	static const uint32_t most[] = { LABEL_MAX, TC_MAX, TTL_MAX };
	uint32_t field[] = { 0, 0, TTL_USUAL };
	struct word part;
	size_t fields = 0;

	while (word_take(&text, ':', &part))
		if (fields == 3 || !word_number(part, most[fields], &field[fields]) || !++fields)
			return false;
	*entry = field[0] << 12 | field[1] << 9 | field[2];
	return true;
}

static bool read_mpls(struct manner *m, struct word value)
{
	struct word text;

	for (m->labels = 0; word_take(&value, ',', &text); m->labels++)
		if (m->labels == MANNER_LABELS || !read_label(text, &m->mpls[m->labels]))
			return false;
	m->mpls[m->labels - 1] |= MANNER_BOTTOM;
	return true;
}

static char *print_mpls(const struct manner *m, char *at)
{
	for (uint32_t i = 0; i < m->labels; i++) {
		at = word_put(at, i ? "," : "");
		at = word_put_number(at, m->mpls[i] >> 12);
		at = word_put_number(word_put(at, ":"), m->mpls[i] >> 9 & TC_MAX);
		at = word_put_number(word_put(at, ":"), m->mpls[i] & TTL_MAX);
	}
	return at;
}

/* interface. */

static bool is_digits(struct word w)
{
	size_t i = 0;

	while (i < w.len && w.text[i] >= '0' && w.text[i] <= '9')
		i++;
	return w.len && i == w.len;
}

/* [INDEX:]NAME: what stands before the first colon is an index if it is digits. */
static bool read_interface(struct manner *m, struct word value)
{
	struct word name = value, first;

	m->interface_index = 0;
	word_take(&name, ':', &first);
	if (!name.text || !is_digits(first))
		name = value;
	else if (!word_number(first, INDEX_MAX, &m->interface_index) || !m->interface_index)
		return false;
	if (!name.len || name.len > MANNER_INTERFACE_MAX)
		return false;
	memcpy(m->interface, name.text, name.len);
	m->interface[name.len] = '\0';
	return true;
}

static char *print_interface(const struct manner *m, char *at)
{
	if (m->interface_index)
		at = word_put(word_put_number(at, m->interface_index), ":");
	return word_put(at, m->interface);
}

/* mtu. */

static bool read_mtu(struct manner *m, struct word value)
{
	return word_number(value, MTU_MAX, &m->mtu) && m->mtu >= MANNER_MTU_MIN;
}

static char *print_mtu(const struct manner *m, char *at)
{
	return word_put_number(at, m->mtu);
}

/* like. */

static bool read_like(struct manner *m, struct word value)
{
	return make_find(value, &m->like);
}

static char *print_like(const struct manner *m, char *at)
{
	return word_put(at, make_traits(m->like)->name);
}

/* weight, after, balance. */

static bool read_weight(struct manner *m, struct word value)
{
	return word_number(value, WEIGHT_MAX, &m->weight) && m->weight;
}

static char *print_weight(const struct manner *m, char *at)
{
	return word_put_number(at, m->weight);
}

static bool read_after(struct manner *m, struct word value)
{
	(void)m;
	return value.len;
}

static const char *const balances[MANNER_BALANCES] = {
	[MANNER_FLOW] = "flow",
	[MANNER_SOURCE] = "source",
	[MANNER_PACKET] = "packet",
};

static bool read_balance(struct manner *m, struct word value)
{
	for (unsigned i = 0; i < MANNER_BALANCES; i++)
		if (word_is(value, balances[i])) {
			m->balance = (enum manner_balance)i;
			return true;
		}
	return false;
}

static char *print_balance(const struct manner *m, char *at)
{
	return word_put(at, balances[m->balance]);
}

/* The keys. */

enum {
	ROUTERS = MANNER_OF_ROUTER | MANNER_OF_BRANCH,
	ANSWERING = ROUTERS | MANNER_OF_TARGET,
	SILENT_TOO = ROUTERS | MANNER_OF_SILENCE,
	ALL = ANSWERING | MANNER_OF_SILENCE,
};

#define TIMES "a time from 0 to 10s, such as 12ms or 0.5ms"
#define SHARES "a share from 0% to 100%, such as 2.5%"

static const struct key {
	const char *name;
	const char *values; /* in words */
	unsigned scopes; /* set of enum manner_scope, where the key has a meaning */
	bool (*read)(struct manner *m, struct word value);
	char *(*print)(const struct manner *m, char *at); /* NULL: the caller knows more */
} keys[MANNER_KEYS] = {
	[MANNER_DELAY] = { "delay", TIMES, ALL, read_delay, print_delay },
	[MANNER_JITTER] = { "jitter", TIMES, ANSWERING, read_jitter, print_jitter },
	[MANNER_LOSS] = { "loss", SHARES, ALL, read_loss, print_loss },
	[MANNER_SILENT] = { "silent", SHARES, ROUTERS, read_silent, print_silent },
	[MANNER_RATE] = { "rate", "N/s or N/s:BURST, each from 1 to 1000000", ANSWERING, read_rate, print_rate },
	[MANNER_MPLS] = { "mpls", "LABEL[:TC[:TTL]] (0 to 1048575, 0 to 7, 0 to 255), up to 8 of them with commas between",
			  ROUTERS, read_mpls, print_mpls },
	[MANNER_INTERFACE] = { "interface", "[INDEX:]NAME, a number from 1 to 2147483647 and a name of up to 63 octets",
			       ANSWERING, read_interface, print_interface },
	[MANNER_MTU] = { "mtu", "a number of octets from 68 to 65535, and from 1280 for IPv6", SILENT_TOO, read_mtu, print_mtu },
	[MANNER_LIKE] = { "like", "linux, ios, iosxr, junos, vrp, mikrotik or windows", ANSWERING, read_like, print_like },
	[MANNER_WEIGHT] = { "weight", "a number from 1 to 1000", SILENT_TOO, read_weight, print_weight },
	[MANNER_AFTER] = { "after", "addresses of the position before, with commas between", ALL, read_after, NULL },
	[MANNER_BALANCE] = { "balance", "flow, source or packet", MANNER_OF_ROUTER | MANNER_OF_SILENCE,
			     read_balance, print_balance },
};

bool manner_is_key(struct word word)
{
	return memchr(word.text, '=', word.len);
}

bool manner_find(struct word word, enum manner_key *key, struct word *value)
{
	struct word name;

	*value = word;
	if (!word_take(value, '=', &name) || !value->text)
		return false;
	for (unsigned i = 0; i < MANNER_KEYS; i++)
		if (word_is(name, keys[i].name)) {
			*key = (enum manner_key)i;
			return true;
		}
	return false;
}

bool manner_has(const struct manner *m, enum manner_key key)
{
	return m->given & 1U << key;
}

enum manner_fault manner_read(struct manner *m, struct word word, unsigned scope)
{
	struct manner read = *m;
	struct word value;
	enum manner_key key;

	if (!manner_find(word, &key, &value))
		return MANNER_UNKNOWN;
	if (manner_has(m, key))
		return MANNER_TWICE;
	if (scope & ~keys[key].scopes)
		return MANNER_MEANINGLESS;
	if (!keys[key].read(&read, value))
		return MANNER_VALUE;
	read.given |= 1U << key;
	*m = read;
	return MANNER_SOUND;
}

const char *manner_values(struct word word)
{
	struct word value;
	enum manner_key key;

	return manner_find(word, &key, &value) ? keys[key].values : "";
}

const char *manner_lines(struct word word)
{
	struct word value;
	enum manner_key key;

	if (!manner_find(word, &key, &value))
		return "";
	switch (keys[key].scopes) {
	case ALL:
		return "any line";
	case ANSWERING:
		return "lines with an address";
	case ROUTERS:
		return "hops with an address";
	case SILENT_TOO:
		return "hops";
	default:
		return "the first line of a position";
	}
}

const char *manner_name(enum manner_key key)
{
	return keys[key].name;
}

const char *manner_print(const struct manner *m, char buf[static MANNER_TEXT_SIZE])
{
	char *at = word_put(buf, "");

	for (unsigned i = 0; i < MANNER_KEYS; i++)
		if (manner_has(m, (enum manner_key)i) && keys[i].print)
			at = keys[i].print(m, word_put(word_put(word_put(at, "\t"), keys[i].name), "="));
	return buf;
}
