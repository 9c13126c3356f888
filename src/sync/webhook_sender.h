/* webhook_sender.h - the thread that delivers alerts to their subscribers. It looks once a minute what receivers do not
 * know; nobody else ever waits for one of them. */
#ifndef SYNC_WEBHOOK_SENDER_H
#define SYNC_WEBHOOK_SENDER_H

#include "db/writer.h"
#include "lic/site.h"

struct webhook_sender;

/* Starts the thread; the site refers to it until webhook_sender_free(). database is the path, for a connection of its own. */
int webhook_sender_start(struct site *site, struct writer *writer, const char *database, struct webhook_sender **out,
			 struct err *e);

/* Breaks off what is being sent. Before the writer stops. NULL is allowed. */
void webhook_sender_stop(struct webhook_sender *s);

/* When no thread of the server is left. NULL is allowed. */
void webhook_sender_free(struct webhook_sender *s);

/* Looks at once. NULL is allowed. */
void webhook_sender_wake(struct webhook_sender *s);

#endif
