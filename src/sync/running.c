#include "sync/running.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

struct running {
	struct running *next;
	char account_uuid[UUID_SIZE];
	struct running_view view;
};

/* Few run at a time. UUIDs are those of one satellite alone, so one list does for the process. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct running *list;

/* Under the lock. */
static struct running **find(const char *account_uuid)
{
	struct running **at = &list;

	while (*at && strcmp((*at)->account_uuid, account_uuid) != 0)
		at = &(*at)->next;
	return at;
}

static int busy(const char *account, const struct running_view *v, struct err *e)
{
	static const char *const phrases[] = { "A file for the cloud manager is being made", "A file is being imported",
					       "A synchronization with the cloud manager is running",
					       "A registration at the cloud manager is running",
					       "The deletion of the account is running" };
	char since[CLOCK_TEXT_SIZE];

	return err_set(e, E_SYNC_RUNNING, "%s for '%.128s', since %s, by %.100s. Wait for its end, or cancel it.",
		       phrases[v->what], account, clock_text(v->since, since), *v->by ? v->by : "the system");
}

int sync_running_begin(const char *account_uuid, const char *account, enum running_what what, int64_t now, const char *by,
		       struct running **out, struct err *e)
{
	struct running *r;
	int rc = 0;

	pthread_mutex_lock(&lock);
	r = *find(account_uuid);
	if (r) {
		rc = busy(account, &r->view, e);
	} else {
		r = mem_alloc(sizeof(*r));
		str_copy(r->account_uuid, sizeof(r->account_uuid), account_uuid);
		str_copy(r->view.by, sizeof(r->view.by), by);
		r->view.what = what;
		r->view.since = now;
		r->next = list;
		list = *out = r;
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

void sync_running_end(struct running *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&lock);
	*find(r->account_uuid) = r->next;
	pthread_mutex_unlock(&lock);
	free(r);
}

void sync_running_stage(struct running *r, enum running_stage stage)
{
	pthread_mutex_lock(&lock);
	if (r->view.stage != stage)
		r->view.bytes = r->view.bytes_total = 0;
	r->view.stage = stage;
	pthread_mutex_unlock(&lock);
}

void sync_running_bytes(struct running *r, int64_t bytes, int64_t total)
{
	pthread_mutex_lock(&lock);
	r->view.bytes = bytes;
	r->view.bytes_total = total;
	pthread_mutex_unlock(&lock);
}

bool sync_running_cancelled(struct running *r, char by[132])
{
	bool cancelled;

	pthread_mutex_lock(&lock);
	cancelled = r->view.cancelled;
	if (by)
		str_copy(by, 132, r->view.cancelled_by);
	pthread_mutex_unlock(&lock);
	return cancelled;
}

bool sync_running_cancel(const char *account_uuid, const char *by)
{
	struct running *r;

	pthread_mutex_lock(&lock);
	r = *find(account_uuid);
	if (r && !r->view.cancelled) {
		r->view.cancelled = true;
		str_copy(r->view.cancelled_by, sizeof(r->view.cancelled_by), by);
	}
	pthread_mutex_unlock(&lock);
	return r != NULL;
}

bool sync_running_view(const char *account_uuid, struct running_view *out)
{
	struct running *r;

	pthread_mutex_lock(&lock);
	r = *find(account_uuid);
	if (r)
		*out = r->view;
	pthread_mutex_unlock(&lock);
	return r != NULL;
}

const char *running_stage_name(enum running_stage stage)
{
	static const char *const names[] = { "PREPARE", "CONNECT", "SEND", "WAIT", "RECEIVE", "CHECK", "APPLY" };

	return names[stage];
}

const char *running_what_name(enum running_what what)
{
	static const char *const names[] = { "EXPORT", "IMPORT", "EXCHANGE", "REGISTER", "DELETE" };

	return names[what];
}
