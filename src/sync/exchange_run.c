#include "sync/exchange_run.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sync/client.h"
#include "sync/exchange.h"
#include "sync/history.h"
#include "sync/setting.h"

#define ROUNDS_MAX 3 /* what had waited, everything, and what changed meanwhile */

struct exchange {
	struct work *work;
	struct running *run;
	const struct exchange_order *order;
	struct sync_setting_row setting;
	const char *password;
	int64_t began;
	struct sync_history_row row; /* what it did so far */
	bool changed;                /* it changed licenses or product instances */
	bool applied;                /* an answer was; it stays when a later round fails */
};

/* ---- before ---- */

static int read_setting(struct tx *tx, void *arg, struct err *e)
{
	struct exchange *x = arg;
	const char *name = x->order->account;

	if (q_sync_setting_get(tx->db, tx->arena, x->order->account_id, &x->setting, e) != 1)
		return e->code ? -1 : err_set(e, E_ACCOUNT_UNKNOWN, "There is no account '%.128s' on this server.", name);
	if (setting_usable(&x->setting, *x->order->code != '\0', e))
		return -1;
	return setting_password(tx, &x->setting, &x->password, e);
}

static int note_attempt(struct tx *tx, void *arg, struct err *e)
{
	const struct exchange *x = arg;

	return q_sync_setting_attempt(tx->db, x->order->account_id, tx->now, e);
}

/* ---- a round ---- */

static int64_t records(const struct manifest *m)
{
	int64_t n = 0;

	for (size_t i = 0; i < m->parts_n; i++)
		n += m->parts[i].records;
	return n;
}

static int post(struct exchange *x, const struct sync_file *file, int *answer, struct err *e)
{
	const struct client_peer peer = { .url = x->setting.manager_url,
					  .ca_pem = x->setting.manager_ca,
					  .proxy = x->setting.proxy_url,
					  .proxy_user = x->setting.proxy_user,
					  .proxy_password = x->password };
	const struct client_file sent = { .path = *x->order->code ? "/sync/v1/register" : "/sync/v1/exchange",
					  .bearer = *x->order->code ? x->order->code : NULL,
					  .fd = file->fd,
					  .bytes = file->bytes,
					  .answer_max = SYNC_FILE_MAX };

	sync_running_stage(x->run, STAGE_CONNECT);
	return sync_post(x->work, &peer, &sent, x->run, answer, e);
}

static int take(struct exchange *x, int answer, enum manifest_kind *kind, struct err *e)
{
	const char *fingerprint = *x->order->fingerprint ? x->order->fingerprint : NULL;
	struct sync_import *import = NULL;
	json_t *summary = NULL;
	const char *message;
	int rc;

	sync_running_stage(x->run, STAGE_CHECK);
	if (sync_import_open(x->work, x->order->account, answer, fingerprint, &import, e))
		return -1;
	*kind = sync_import_manifest(import)->kind;
	x->row.received += records(sync_import_manifest(import));
	sync_running_stage(x->run, STAGE_APPLY);
	rc = sync_import_apply(x->work, import, false, &summary, e);
	sync_import_free(import);
	if (rc)
		return -1;
	x->applied = true;
	message = sync_history_text(x->work->arena, summary);
	/* What an earlier round changed is not forgotten over the last one. */
	if (x->row.message && x->changed)
		message = arena_printf(x->work->arena, "%s; then: %s", x->row.message, message);
	x->row.message = message;
	x->changed = x->changed || sync_history_changed(summary);
	json_decref(summary);
	return 0;
}

/* *again: the file had waited, and what changed since it was made is not in it. */
static int exchange_once(struct exchange *x, const struct sync_ask *ask, enum manifest_kind *kind, bool *again,
			 struct err *e)
{
	struct sync_file file = { .fd = -1 };
	int answer = -1, rc;

	sync_running_stage(x->run, STAGE_PREPARE);
	if (sync_export(x->work, x->order->account, ask, &file, e))
		return -1;
	x->row.mode = file.mode == MANIFEST_FULL ? "full" : "standard";
	x->row.sequence = file.sequence;
	x->row.sent += file.records;
	*again = file.again;
	rc = post(x, &file, &answer, e);
	close(file.fd);
	if (rc == 0)
		rc = take(x, answer, kind, e);
	if (answer >= 0)
		close(answer);
	return rc;
}

static int exchange_all(struct exchange *x, struct err *e)
{
	struct sync_ask ask = { .full = x->order->full, .registration = *x->order->code != '\0' };
	bool again = false, asked_all = false;
	enum manifest_kind kind;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		if (exchange_once(x, &ask, &kind, &again, e))
			return -1;
		if (kind == MANIFEST_RESYNC && asked_all)
			return err_set(
				e, E_SYNC_REFUSED,
				"The cloud manager asked for everything, got it, and asks again. %.300s. Look into its "
				"log.",
				x->row.message);
		asked_all = kind == MANIFEST_RESYNC;
		if (!asked_all && (!again || ask.registration))
			break;
		ask = (struct sync_ask){ .full = asked_all };
	}
	return 0;
}

/* ---- afterwards ---- */

static int note_success(struct tx *tx, void *arg, struct err *e)
{
	struct exchange *x = arg;
	struct schedule s;
	int64_t due = 0;

	/* As it is now: it may have been changed meanwhile. */
	if (q_sync_setting_get(tx->db, tx->arena, x->order->account_id, &x->setting, e) != 1)
		return -1;
	setting_schedule(&x->setting, &s);
	if (setting_is_scheduled(&x->setting))
		due = schedule_next(&s, setting_jitter(tx, &x->setting), tx->now);
	return q_sync_setting_succeeded(tx->db, x->order->account_id, e) ||
			       q_account_set_sync_due(tx->db, x->order->account_id, due, e) ||
			       sync_history_put(tx, x->order->account_id, &x->row, x->began, NULL, e)
		     ? -1
		     : 0;
}

struct failure {
	struct exchange *x;
	const struct err *why;
};

static int note_failure(struct tx *tx, void *arg, struct err *e)
{
	struct failure *f = arg;
	struct exchange *x = f->x;
	struct sync_setting_row *row = &x->setting;

	if (q_sync_setting_get(tx->db, tx->arena, x->order->account_id, row, e) != 1)
		return -1;
	if (x->order->scheduled) {
		row->failures++;
		row->retry_at = schedule_retry(row->failures, tx->now);
	}
	row->last_failure_at = tx->now;
	row->last_failure_code = err_name(f->why->code);
	row->last_failure_text = f->why->text;
	return q_sync_setting_failed(tx->db, row, e) ||
			       sync_history_put(tx, x->order->account_id, &x->row, x->began, f->why, e)
		     ? -1
		     : 0;
}

/* A cancelled work says by whom; one that stops with the program is no failure of the exchange. */
static void explain_end(struct exchange *x, struct err *e)
{
	const char *so_far = x->applied ? "What it had applied before that stays." : "Nothing was changed.";
	char by[132];

	if (e->code != E_CANCELLED)
		return;
	if (sync_running_cancelled(x->run, by))
		err_set(e, E_CANCELLED, "The synchronization was cancelled by %.100s. %s", *by ? by : "the system", so_far);
	else
		err_set(e, E_STOPPING, "The satellite was stopped meanwhile. %s", so_far);
}

static void failed(struct exchange *x, struct err *e)
{
	struct failure f = { .x = x, .why = e };
	struct err why = ERR_INIT;

	explain_end(x, e);
	log_warning("sync", "'%s' was not synchronized: %s: %s", x->order->account, err_name(e->code), e->text);
	if (e->code == E_STOPPING)
		sync_history_add(x->work, x->order->account_id, &x->row, x->began, e);
	else if (x->work->write(x->work, note_failure, &f, &why))
		log_error("sync", "the failure cannot be stored: %s", why.text);
}

int exchange_run(struct work *w, struct running *run, const struct exchange_order *order, struct err *e)
{
	struct exchange x = { .work = w, .run = run, .order = order, .password = "", .began = clock_mono() };
	struct err why = ERR_INIT;

	x.row.way = "network";
	x.row.what = *order->code ? "registration" : "exchange";
	*e = ERR_INIT;
	if (w->read(w, read_setting, &x, e) || w->write(w, note_attempt, &x, e) || exchange_all(&x, e)) {
		failed(&x, e);
		return -1;
	}
	log_info("sync", "'%s' is synchronized: %s", order->account, x.row.message);
	if (w->write(w, note_success, &x, &why))
		log_error("sync", "the success cannot be stored: %s", why.text);
	if (sync_sweep(w, &why))
		log_warning("sync", "old request files cannot be removed: %s", why.text);
	return 0;
}
