/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `scuttle watch` knows: it takes the daemon's reports one after the other, and makes traces, paths and drops of
 * them. It is pure: the time is an argument, in milliseconds of any clock that does not go back. */
#ifndef MODEL_H
#define MODEL_H

#include <scuttle/addr.h>

struct report_line;

enum {
	MODEL_NAME = 256, /* octets that hold a host name and its NUL */
	MODEL_RECENT = 128, /* traces that have ended */
	MODEL_DROPS = 8,
	MODEL_PACE = 1000, /* milliseconds, at least, from which a pace is computed */
};

/* A number that grows. */
struct model_count {
	uint64_t number;
	double pace; /* a second */
	uint64_t before; /* private: the number when the pace was computed */
	int64_t since; /* private: that time */
};

struct model_path {
	struct addr target;
	char name[MODEL_NAME];
	unsigned hops;
	struct model_count packets;
	uint64_t answered; /* of these */
	unsigned running; /* traces of it */
};

struct model_trace {
	struct addr source;
	struct addr target;
	char target_name[MODEL_NAME];
	char protocol[8];
	unsigned at; /* position of the line that was shown last; 0: none was */
	char name[MODEL_NAME]; /* of the router there, or else its address */
	uint64_t line[4]; /* one bit for each line that was shown, from position 1 on */
	unsigned lines; /* how many these are */
	unsigned of;
	bool reached; /* the target has answered */
	struct model_count probes;
	int64_t first, last; /* times of its probes */
};

/* Packets that were dropped: by a limit of the rules, or because there was no room. */
struct model_drop {
	char name[32];
	struct model_count packets;
};

struct model_paths {
	struct model_path *at; /* in the order of the daemon */
	size_t count, size;
};

struct model_traces {
	struct model_trace *at; /* in the order of source and target */
	size_t count, size;
};

struct model_drops {
	struct model_drop at[MODEL_DROPS];
	size_t count;
	bool limits_known; /* those by the limits of the rules are among them */
};

/* What a report says. */
struct model_state {
	struct model_paths paths;
	struct model_traces running;
	struct model_drops drops;
};

struct model {
	int64_t now; /* time of the last report; 0: there was none */
	struct model_state is; /* after the last report */
	struct model_state next; /* private: the report that is being read */
	struct model_trace recent[MODEL_RECENT]; /* private, see model_recent() */
	uint64_t ended; /* traces that have ended since the start */
};

enum model_event {
	MODEL_START,
	MODEL_LINES, /* a trace has shown more lines */
	MODEL_END,
};

/* Takes an event. The trace is there until the call returns. */
typedef void model_tell(void *context, enum model_event event, const struct model_trace *t);

/* Takes a report: model_begin(), each record, model_end(), which tells what has changed. model_record() returns
 * false if memory is short; the record is missing then. */
void model_begin(struct model *m, int64_t now);
bool model_record(struct model *m, const struct report_line *l);
void model_end(struct model *m, model_tell *tell, void *context);

/* The daemon is gone: all traces end. */
void model_lose(struct model *m, int64_t now, model_tell *tell, void *context);

/* A trace that has ended; 0 is the last one. NULL if there are not so many. */
const struct model_trace *model_recent(const struct model *m, size_t back);

void model_free(struct model *m);

#endif
