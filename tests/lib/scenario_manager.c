/* scenario_manager.c - the cloud manager's side of synchronization. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "authority/answer.h"
#include "lic/account.h"
#include "lic/move.h"
#include "tests/lib/scenario.h"

static int answer_bytes(struct world *w, struct server *manager, const struct buf *request, struct answer *answer,
			struct buf *out, struct err *e)
{
	struct server_desk desk;
	int fd, rc;

	if (file_of_bytes(manager, request, &fd, e))
		return -1;
	rc = answer_request(server_work(&desk, manager, &w->arena), fd, answer, e);
	close(fd);
	return rc ? -1 : file_read_all(answer->fd, out, e);
}

int answer_file(struct world *w, struct server *manager, const struct buf *request, struct buf *out, struct err *e)
{
	struct answer answer;

	return answer_bytes(w, manager, request, &answer, out, e);
}

/* `answer F1 A1`: the manager answers request F1 with A1. OK or RESYNC; SAME if a file A1 has these very bytes already.
 * The changes: `instances:2`, `usages:2`, `virtual-accounts:1`, `reservations:1`, `removed:1`. */
static int run_answer(struct world *w, struct words *in, struct result *out)
{
	struct named_bytes *from = file_named(w, in), *to;
	const char *name = words_next(in);
	AUTO_BUF bytes = BUF_INIT;
	struct answer answer;
	struct err e = ERR_INIT;
	struct answer_counts *n = &answer.changed;

	if (from == NULL)
		return -1;
	if (name == NULL)
		return world_fail(w, "the answer needs a name");
	if (answer_bytes(w, w->servers, &from->bytes, &answer, &bytes, &e))
		return result_refused(out, &e);
	to = named_find(w->files, name);
	if (to && to->bytes.n == bytes.n && memcmp(to->bytes.data, bytes.data, bytes.n) == 0)
		return result_code(out, "SAME");
	to = named_set(&w->files, name);
	buf_add(&to->bytes, bytes.data, bytes.n);
	snprintf(out->text, sizeof(out->text), "virtual-accounts:%d instances:%d usages:%d reservations:%d removed:%d%s",
		 (int)n->virtual_accounts, (int)n->instances, (int)n->usages, (int)n->reservations, (int)n->removed,
		 answer.again ? " again" : "");
	return result_code(out, answer.kind == MANIFEST_RESYNC ? "RESYNC" : "OK");
}

/* ---- licenses that leave ---- */

static int read_moves(struct world *w, struct account_row *account, struct move_row **rows, size_t *n, struct err *e)
{
	struct tx tx = server_reader(w->servers, &w->arena);

	return account_find(&tx, ACCOUNT, account, e) || q_move_list(tx.db, tx.arena, account->id, 100, rows, n, e) ? -1
														    : 0;
}

static int check_move(struct world *w, const struct move_row *m, const char *want)
{
	const char *is = arena_printf(&w->arena, "%s:%d:%d", m->state, (int)m->quantity, (int)m->moved);

	return want == NULL || strcmp(is, want) == 0 ? 0 : world_fail(w, "the move is %s", is);
}

/* `moves [count=2] [first=WAITING:5:0] [last=DONE:5:5]`: the newest first, with state, quantity asked and moved. */
static int run_moves(struct world *w, struct words *in, struct result *out)
{
	const char *count = words_value(in, "count"), *first = words_value(in, "first"), *last = words_value(in, "last");
	struct account_row account;
	struct move_row *rows;
	struct err e = ERR_INIT;
	int64_t want = 0;
	size_t n;

	if (read_moves(w, &account, &rows, &n, &e))
		return result_refused(out, &e);
	if (count && (str_int(count, 0, 100, &want) || (size_t)want != n))
		return world_fail(w, "there are %zu moves", n);
	if ((first || last) && n == 0)
		return world_fail(w, "there are no moves");
	if ((first && check_move(w, &rows[0], first)) || (last && check_move(w, &rows[n - 1], last)))
		return -1;
	return result_code(out, "OK");
}

struct cancel {
	const struct account_row *account;
	const char *uuid;
};

static int cancel_job(struct tx *tx, void *arg, struct err *e)
{
	struct cancel *c = arg;

	return move_cancel(tx, c->account, c->uuid, e);
}

/* `move-cancel [number=1]`: the newest is 1. */
static int run_move_cancel(struct world *w, struct words *in, struct result *out)
{
	const char *number = words_value(in, "number");
	struct account_row account;
	struct move_row *rows;
	struct cancel c = { .account = &account };
	struct err e = ERR_INIT;
	int64_t at = 1;
	size_t n;

	if (read_moves(w, &account, &rows, &n, &e))
		return result_refused(out, &e);
	if ((number && str_int(number, 1, 100, &at)) || (size_t)at > n)
		return world_fail(w, "there are %zu moves", n);
	c.uuid = rows[at - 1].uuid;
	if (server_write(w->servers, &story_administrator, &w->arena, cancel_job, &c, &e))
		return result_refused(out, &e);
	return result_code(out, "OK");
}

const struct verb manager_verbs[] = {
	{ "answer", run_answer, false },
	{ "moves", run_moves, true },
	{ "move-cancel", run_move_cancel, false },
	{ NULL, NULL, false },
};
