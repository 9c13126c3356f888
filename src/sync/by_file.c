#include "sync/by_file.h"

#include "base/clock.h"
#include "lic/account.h"
#include "lic/site.h"
#include "sync/history.h"
#include "sync/running.h"

/* A work of somebody else's, while a synchronization runs in it: it is stopped by both. */
struct carried {
	struct work *work;
	bool (*stopping)(struct work *w);
	void *own;
	struct running *run;
	struct account_row account;
	const char *name;
	int64_t began;
	struct sync_history_row row;
};

static bool stopping(struct work *w)
{
	struct carried *c = w->own;
	bool stop;

	if (sync_running_cancelled(c->run, NULL))
		return true;
	w->own = c->own;
	stop = c->stopping && c->stopping(w);
	w->own = c;
	return stop;
}

static int find(struct tx *tx, void *arg, struct err *e)
{
	struct carried *c = arg;

	return account_find(tx, c->name, &c->account, e);
}

static int begin(struct carried *c, struct work *w, const char *account, enum running_what what, struct err *e)
{
	*c = (struct carried){ .work = w, .stopping = w->stopping, .own = w->own, .name = account, .began = clock_mono() };
	c->row.way = "file";
	if (w->read(w, find, c, e) || sync_running_begin(c->account.uuid, c->account.name, what, wall_now(&w->site->wall),
							 w->actor->name, &c->run, e))
		return -1;
	w->stopping = stopping;
	w->own = c;
	return 0;
}

static void end(struct carried *c, const struct err *failed)
{
	struct work *w = c->work;

	w->stopping = c->stopping;
	w->own = c->own;
	sync_history_add(w, c->account.id, &c->row, c->began, failed);
	sync_running_end(c->run);
}

int by_file_export(struct work *w, const char *account, const struct sync_ask *ask, struct sync_file *out, struct err *e)
{
	struct carried c;
	int rc;

	if (begin(&c, w, account, RUNNING_EXPORT, e))
		return -1;
	rc = sync_export(w, account, ask, out, e);
	c.row.what = rc == 0 ? manifest_kind_name(out->kind) : "request";
	if (rc == 0) {
		c.row.mode = out->kind == MANIFEST_REQUEST ? (out->mode == MANIFEST_FULL ? "full" : "standard") : "";
		c.row.sequence = out->sequence;
		c.row.sent = out->records;
		c.row.message = out->again ? "The same file again" : "";
	}
	end(&c, rc ? e : NULL);
	return rc;
}

static int import(struct carried *c, int fd, const char *fingerprint, json_t **summary, struct err *e)
{
	struct sync_import *s = NULL;
	const struct manifest *m;
	int rc;

	c->row.what = "response";
	sync_running_stage(c->run, STAGE_CHECK);
	if (sync_import_open(c->work, c->name, fd, fingerprint, &s, e))
		return -1;
	m = sync_import_manifest(s);
	c->row.what = manifest_kind_name(m->kind);
	c->row.sequence = m->in_reply_to;
	for (size_t i = 0; i < m->parts_n; i++)
		c->row.received += m->parts[i].records;
	sync_running_stage(c->run, STAGE_APPLY);
	rc = sync_import_apply(c->work, s, false, summary, e);
	if (rc == 0)
		c->row.message = sync_history_text(c->work->arena, *summary);
	sync_import_free(s);
	return rc;
}

int by_file_import(struct work *w, const char *account, int fd, const char *fingerprint, bool dry_run, json_t **summary,
		   struct err *e)
{
	struct sync_import *s = NULL;
	struct carried c;
	int rc;

	if (dry_run) {
		rc = sync_import_open(w, account, fd, fingerprint, &s, e);
		rc = rc ? rc : sync_import_apply(w, s, true, summary, e);
		sync_import_free(s);
		return rc;
	}
	if (begin(&c, w, account, RUNNING_IMPORT, e))
		return -1;
	rc = import(&c, fd, fingerprint, summary, e);
	end(&c, rc ? e : NULL);
	return rc;
}
