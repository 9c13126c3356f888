/* cmd_sync_now.c - synchronizations over the network: started, watched, cancelled. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/ctl.h"

#define LOOK_MS 250
#define LOST_MAX 20 /* times in a row that it runs no more and is not in the history either */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* ---- stages ---- */

char *connection_stage(const json_t *running, char out[CONNECTION_STAGE_SIZE])
{
	static const struct {
		const char *name, *text;
		bool bytes;
	} stages[] = {
		{ "PREPARE", "preparing the file", false },
		{ "CONNECT", "connecting", false },
		{ "SEND", "sending", true },
		{ "WAIT", "waiting for the answer", false },
		{ "RECEIVE", "receiving", true },
		{ "CHECK", "checking the answer", false },
		{ "APPLY", "applying the answer", false },
	};
	int64_t done = ctl_get_int(running, "bytesDone"), total = ctl_get_int(running, "bytesTotal");
	const char *name = ctl_get(running, "stage"), *text = name;
	char done_text[32], total_text[32];
	bool bytes = false;

	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		if (strcmp(name, stages[i].name) == 0) {
			text = stages[i].text;
			bytes = stages[i].bytes;
		}
	if (ctl_get_bool(running, "cancelled"))
		snprintf(out, CONNECTION_STAGE_SIZE, "it was cancelled and ends");
	else if (bytes && total)
		snprintf(out, CONNECTION_STAGE_SIZE, "%s %s of %s", text, text_size(done, done_text),
			 text_size(total, total_text));
	else if (bytes && done)
		snprintf(out, CONNECTION_STAGE_SIZE, "%s %s", text, text_size(done, done_text));
	else
		snprintf(out, CONNECTION_STAGE_SIZE, "%s", text);
	return out;
}

/* ---- watching ---- */

struct watch {
	struct ctl *c;
	const char *account;
	int64_t before; /* newest id of the history when it began */
	bool line;      /* on a terminal: one line, written over */
	char last[CONNECTION_STAGE_SIZE], stage[16];
	int lost;
	json_t *row; /* the account's of /sync/status */
};

/* On a terminal whenever it changes, else once a stage. */
static void show_stage(struct watch *w, const json_t *running)
{
	char text[CONNECTION_STAGE_SIZE];
	const char *stage = ctl_get(running, "stage");

	if (w->c->json)
		return;
	connection_stage(running, text);
	if (w->line ? strcmp(text, w->last) == 0 : strcmp(stage, w->stage) == 0)
		return;
	snprintf(w->last, sizeof(w->last), "%s", text);
	snprintf(w->stage, sizeof(w->stage), "%s", stage);
	printf(w->line ? "\r\033[K%s …" : "%s\n", text);
	fflush(stdout);
}

static void end_line(struct watch *w)
{
	if (w->line && *w->last) {
		printf("\r\033[K");
		fflush(stdout);
	}
}

static int look(struct watch *w, struct err *e)
{
	AUTO_JSON *answer = NULL;
	json_t *row;
	size_t i;

	json_decref(w->row);
	w->row = NULL;
	if (ctl_get_call(w->c, "/sync/status", &answer, e))
		return -1;
	json_array_foreach (json_object_get(answer, "accounts"), i, row)
		if (strcmp(ctl_get(row, "account"), w->account) == 0)
			w->row = json_incref(row);
	if (w->row == NULL)
		return err_set(e, E_ACCOUNT_UNKNOWN, "The account “%.128s” is not there any more.", w->account);
	return 0;
}

/* 1: it is over; 0: it still runs, or nobody watches any more; -1. */
static int watch(struct watch *w, struct err *e)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	struct sigaction handler = { .sa_handler = on_interrupt }, old;
	int rc = 0;

	interrupted = 0;
	sigaction(SIGINT, &handler, &old);
	while (rc == 0 && !interrupted) {
		const json_t *running;

		rc = look(w, e);
		running = json_object_get(w->row, "running");
		if (rc == 0 && json_is_object(running))
			show_stage(w, running);
		else if (rc == 0 && ctl_get_int(json_object_get(w->row, "newest"), "id") > w->before)
			rc = 1;
		else if (rc == 0 && ++w->lost > LOST_MAX)
			rc = err_set(e, E_SERVER_FAILED,
				     "The synchronization ended, and how is not known. The server's log says more.");
		if (rc == 0 && !interrupted)
			nanosleep(&pause, NULL);
	}
	sigaction(SIGINT, &old, NULL);
	end_line(w);
	return interrupted && rc != 1 ? 0 : rc;
}

/* ---- how it ended ---- */

static int show_failure(struct ctl *c, const json_t *row, const json_t *newest, struct err *e)
{
	enum err_code code = err_by_name(ctl_get(newest, "outcome"));
	int64_t next = ctl_get_time(row, "nextAttemptAt"), days = ctl_get_int(row, "daysUntilDeadline");
	char when[CLOCK_TEXT_SIZE], count[CTL_COUNT_SIZE];

	if (!c->json && ctl_get_time(row, "lastSyncAt")) {
		ctl_say(c, "Products are served meanwhile%s%s.", next ? "; the next attempt by itself is on " : "",
			next ? clock_text(next, when) : "");
		if (ctl_has_int(row, "daysUntilDeadline"))
			ctl_say(c, "%s until registrations and renewals stop.", ctl_count(days, "day", "days", count));
	}
	return err_set(e, code ? code : E_SERVER_FAILED, "%s", ctl_get(newest, "message"));
}

static void show_success(struct ctl *c, const char *account, const json_t *newest)
{
	const char *message = ctl_get(newest, "message");
	char sent[CTL_COUNT_SIZE], received[CTL_COUNT_SIZE], span[CLOCK_TEXT_SIZE];

	clock_span(ctl_get_int(newest, "durationMs"), span);
	ctl_say(c, "“%s” is %s: %s sent, %s received%s%s.", account,
		strcmp(ctl_get(newest, "what"), "registration") == 0 ? "registered" : "synchronized",
		ctl_count(ctl_get_int(newest, "sent"), "record", "records", sent),
		ctl_count(ctl_get_int(newest, "received"), "record", "records", received),
		ctl_get_int(newest, "durationMs") < SECOND_MS ? "" : ", in ",
		ctl_get_int(newest, "durationMs") < SECOND_MS ? "" : span);
	if (*message)
		ctl_say(c, "%s.", message);
}

static int finish(struct watch *w, struct err *e)
{
	const json_t *newest = json_object_get(w->row, "newest");
	AUTO_JSON *answer = NULL;

	if (strcmp(ctl_get(newest, "outcome"), "OK") != 0)
		return show_failure(w->c, w->row, newest, e);
	if (!w->c->json) {
		show_success(w->c, w->account, newest);
		return 0;
	}
	answer = json_deep_copy(newest);
	json_set_text(answer, "account", w->account);
	json_set_text(answer, "status", "SUCCESS");
	json_set_text(answer, "statusMessage", "");
	ctl_json(w->c, answer);
	return 0;
}

static void say_left(struct ctl *c, const char *account)
{
	ctl_say(c, "You stopped watching; the synchronization goes on. How far it is, and how to cancel it:");
	ctl_hint(c, "sync status");
	ctl_hint(c, "sync cancel --account {}", account);
}

/* Starts it with a call, and watches. */
static int run(struct ctl *c, const struct ctl_args *a, const char *account, const char *call, const json_t *body,
	       struct err *e)
{
	struct watch w = { .c = c, .account = account, .line = !c->json && isatty(STDOUT_FILENO) };
	AUTO_FREE char *path = client_path(call, account);
	AUTO_JSON *answer = NULL;
	int rc;

	if (ctl_post(c, path, body, &answer, e))
		return -1;
	w.account = ctl_get(answer, "account"); /* as the server spells it */
	w.before = ctl_get_int(answer, "historyBefore");
	if (args_flag(a, "no-wait")) {
		ctl_done(c, answer, "The synchronization of “%s” has begun.", w.account);
		return 0;
	}
	rc = watch(&w, e);
	if (rc == 1)
		rc = finish(&w, e);
	else if (rc == 0 && c->json)
		ctl_json(c, answer);
	else if (rc == 0)
		say_left(c, w.account);
	json_decref(w.row);
	return rc;
}

int cmd_sync_now(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *account = NULL;
	AUTO_JSON *body = json_object();

	if (ctl_one_account(c, a, &account, e))
		return -1;
	json_set_text(body, "mode", args_flag(a, "full") ? "full" : "standard");
	return run(c, a, account, "/accounts/{}/sync/start", body, e);
}

int cmd_sync_register(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *account = NULL;
	AUTO_JSON *body = json_object();

	if (ctl_one_account(c, a, &account, e))
		return -1;
	ctl_put_text(body, "code", a, "code");
	ctl_put_text(body, "rootFingerprint", a, "root-fingerprint");
	ctl_put_text(body, "managerUrl", a, "url");
	return run(c, a, account, "/accounts/{}/sync/register", body, e);
}

int cmd_sync_cancel(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *account = NULL;
	AUTO_FREE char *path = NULL;
	AUTO_JSON *answer = NULL;

	if (ctl_one_account(c, a, &account, e))
		return -1;
	path = client_path("/accounts/{}/sync/cancel", account);
	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	if (ctl_get_bool(answer, "wasRunning"))
		ctl_done(c, answer, "The synchronization of “%s” is cancelled; it ends at its next step.", account);
	else
		ctl_done(c, answer, "No synchronization of “%s” is running.", account);
	return 0;
}
