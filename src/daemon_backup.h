/* daemon_backup.h - the backup of every day, in a thread of its own while it is made. */
#ifndef DAEMON_BACKUP_H
#define DAEMON_BACKUP_H

#include <pthread.h>
#include <stdbool.h>

#include "db/writer.h"
#include "lic/site.h"

struct backup_clock {
	struct site *site;
	struct writer *writer;
	pthread_t thread;
	bool began;           /* there is a thread to wait for */
	_Atomic bool running; /* it is not done yet */
	_Atomic bool stop;
	int64_t failed_at; /* by the clock that never jumps; 0 = not */
};

/* Starts one if it is due. An attempt that failed is repeated after an hour. */
void backup_clock_look(struct backup_clock *c);

/* Cancels one that is being made, and waits. The writer must still run. */
void backup_clock_stop(struct backup_clock *c);

#endif
