/* scenario_manager.c - the cloud manager's side of synchronization. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "authority/answer.h"
#include "authority/code.h"
#include "lic/account.h"
#include "lic/move.h"
#include "lic/remote.h"
#include "tests/lib/scenario.h"

/* A work that something happens to before its writes. */
struct trouble {
	struct server_desk desk;
	struct world *world;
	int writes, broken;          /* the write at which the program ends; 0 = none */
	const struct buf *meanwhile; /* a request that is answered before the first write; NULL = none */
	int (*write)(struct work *w, work_fn fn, void *arg, struct err *e);
};

static int answer_bytes(struct world *w, struct trouble *t, const struct buf *request, struct answer *answer,
			struct buf *out, struct err *e)
{
	struct work *work = &t->desk.work;
	int fd, rc;

	if (file_of_bytes(w->servers, request, &fd, e))
		return -1;
	rc = answer_request(work, fd, answer, e);
	close(fd);
	return rc ? -1 : file_read_all(answer->fd, out, e);
}

static int troubled_write(struct work *w, work_fn fn, void *arg, struct err *e);

static void trouble_init(struct trouble *t, struct world *w)
{
	memset(t, 0, sizeof(*t));
	server_work(&t->desk, w->servers, &w->arena);
	t->world = w;
	t->write = t->desk.work.write;
	t->desk.work.write = troubled_write;
}

static int troubled_write(struct work *w, work_fn fn, void *arg, struct err *e)
{
	struct trouble *t = (struct trouble *)w;

	if (++t->writes == t->broken)
		return err_set(e, E_CANCELLED, NULL);
	if (t->writes == 1 && t->meanwhile) {
		AUTO_BUF bytes = BUF_INIT;
		struct trouble other;
		struct answer answer;

		trouble_init(&other, t->world);
		if (answer_bytes(t->world, &other, t->meanwhile, &answer, &bytes, e))
			return -1;
	}
	return t->write(w, fn, arg, e);
}

int answer_file(struct world *w, const struct buf *request, struct buf *out, struct err *e)
{
	struct trouble none;
	struct answer answer;

	trouble_init(&none, w);
	return answer_bytes(w, &none, request, &answer, out, e);
}

/* `answer F1 A1`: the manager answers request F1 with A1; SAME if a file A1 has these very bytes already. It says `resync`,
 * or the changes: `instances:2`, `usages:2`, `virtual-accounts:1`, `reservations:1`, `removed:1`. broken=2: the program
 * ends before its second write, and it says `broken`. meanwhile=F2: request F2 is answered before the first. */
static int run_answer(struct world *w, struct words *in, struct result *out)
{
	const char *broken = words_value(in, "broken"), *meanwhile = words_value(in, "meanwhile");
	struct named_bytes *from = file_named(w, in), *to;
	const char *name = words_next(in);
	AUTO_BUF bytes = BUF_INIT;
	struct answer answer;
	struct trouble trouble;
	struct err e = ERR_INIT;
	struct answer_counts *n = &answer.changed;

	if (from == NULL)
		return -1;
	if (name == NULL)
		return world_fail(w, "the answer needs a name");
	trouble_init(&trouble, w);
	trouble.broken = broken ? broken[0] - '0' : 0;
	to = meanwhile ? named_find(w->files, meanwhile) : NULL;
	trouble.meanwhile = to ? &to->bytes : NULL;
	if (answer_bytes(w, &trouble, &from->bytes, &answer, &bytes, &e)) {
		if (broken == NULL || e.code != E_CANCELLED)
			return result_refused(out, &e);
		str_copy(out->text, sizeof(out->text), "broken");
		return result_code(out, "OK");
	}
	to = named_find(w->files, name);
	if (to && to->bytes.n == bytes.n && memcmp(to->bytes.data, bytes.data, bytes.n) == 0)
		return result_code(out, "SAME");
	to = named_set(&w->files, name);
	buf_add(&to->bytes, bytes.data, bytes.n);
	snprintf(out->text, sizeof(out->text), "virtual-accounts:%d instances:%d usages:%d reservations:%d removed:%d%s",
		 (int)n->virtual_accounts, (int)n->instances, (int)n->usages, (int)n->reservations, (int)n->removed,
		 answer.again ? " again" : "");
	if (answer.kind == MANIFEST_RESYNC)
		snprintf(out->text, sizeof(out->text), "resync: %s", answer.reason);
	return result_code(out, "OK");
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

/* ---- removals ---- */

struct removing {
	const char *piid, *reason;
};

static int removal_job(struct tx *tx, void *arg, struct err *e)
{
	struct removing *r = arg;
	struct remote_instance_row row;
	struct virtual_account_row va;
	struct removal_row removal;
	int rc = remote_instance_find(tx, r->piid, &row, &va, e);

	if (rc == 0)
		return err_set(e, E_INSTANCE_UNKNOWN, NULL);
	return rc < 0 ? -1 : remote_instance_remove(tx, &row, r->reason, &removal, e);
}

/* `order-removal a [reason=…]`: an administrator of the manager wants a satellite's product instance removed. */
static int run_order_removal(struct world *w, struct words *in, struct result *out)
{
	struct removing r = { .reason = words_value(in, "reason") };
	const char *name = words_next(in), *before;
	struct err e = ERR_INIT;

	if (name == NULL || product_registration(w, name, &r.piid, &before) == NULL)
		return world_fail(w, "order the removal of which product?");
	if (server_write(w->servers, &story_administrator, &w->arena, removal_job, &r, &e))
		return result_refused(out, &e);
	return result_code(out, "OK");
}

/* ---- what is known ---- */

static int find_site(struct tx *tx, const char *name, struct virtual_account_row *va, struct err *e)
{
	struct account_row account;

	return account_find(tx, ACCOUNT, &account, e) || virtual_account_find(tx, &account, name, va, e) ? -1 : 0;
}

static int is_number(struct world *w, const char *what, const char *want, int64_t is)
{
	int64_t n;

	if (want && (str_int(want, 0, INT64_MAX, &n) || n != is))
		return world_fail(w, "%s is %d", what, (int)is);
	return 0;
}

/* `known [va=…] [sequence=2] [full=1] [instances=1] [reservations=0] [places=1] [removals=0] [never]`: what the manager
 * knows of what a satellite serves; full: the sequence of the last request with everything. */
static int run_known(struct world *w, struct words *in, struct result *out)
{
	const char *place = words_value(in, "va"), *sequence = words_value(in, "sequence"), *full = words_value(in, "full"),
		   *instances = words_value(in, "instances"), *reservations = words_value(in, "reservations"),
		   *places = words_value(in, "places"), *removals = words_value(in, "removals");
	struct tx tx = server_reader(w->servers, &w->arena);
	struct remote_state_row state = { 0 };
	struct virtual_account_row va;
	struct removal_row *rows;
	bool never = words_flag(in, "never");
	struct err e = ERR_INIT;
	size_t n;
	int rc;

	if (find_site(&tx, place ? place : SITE_ACCOUNT, &va, &e) || q_removal_list(tx.db, tx.arena, va.id, &rows, &n, &e))
		return result_refused(out, &e);
	rc = q_remote_state_get(tx.db, tx.arena, va.id, &state, &e);
	if (rc != !never)
		return world_fail(w, "it has %s synchronized", rc ? "" : "not");
	if (is_number(w, "the sequence", sequence, state.sequence) ||
	    is_number(w, "the last full one", full, state.full_sequence) ||
	    is_number(w, "the number of instances", instances, state.instances) ||
	    is_number(w, "the number of reservations", reservations, state.reservations) ||
	    is_number(w, "the number of places", places, state.virtual_accounts) ||
	    is_number(w, "the number of removals", removals, (int64_t)n))
		return -1;
	return result_code(out, "OK");
}

/* `rename satellite NAME`: from now on it tells this name. */
static int run_rename(struct world *w, struct words *in, struct result *out)
{
	const char *server = words_next(in), *name = words_next(in);
	struct server *s = world_find_server(w, server ? server : "");

	if (s == NULL || name == NULL)
		return world_fail(w, "rename which satellite how?");
	str_copy(s->shown, sizeof(s->shown), name);
	s->site.name = s->shown;
	return result_code(out, "OK");
}

/* `satellite-is NAME`: how the manager calls the only one. */
static int run_satellite_is(struct world *w, struct words *in, struct result *out)
{
	struct tx tx = server_reader(w->servers, &w->arena);
	const char *name = words_next(in);
	struct satellite_row *rows;
	struct err e = ERR_INIT;
	size_t n;

	if (q_satellite_list(tx.db, tx.arena, &rows, &n, &e))
		return result_refused(out, &e);
	if (name == NULL || n != 1 || strcmp(rows[0].name, name) != 0)
		return world_fail(w, "%zu satellites, the first is '%s'", n, n ? rows[0].name : "");
	return result_code(out, "OK");
}

/* ---- codes ---- */

struct coding {
	const char *name, *place;
	char code[CODE_SIZE];
	struct delegate_request request;
	struct buf *answer;
};

static int code_job(struct tx *tx, void *arg, struct err *e)
{
	struct coding *c = arg;
	struct virtual_account_row va;
	struct account_row account;
	struct code_row row;

	return account_find(tx, ACCOUNT, &account, e) || virtual_account_find(tx, &account, c->place, &va, e) ||
			       code_create(tx, &account, &va, c->code, &row, e)
		     ? -1
		     : 0;
}

/* `code C1 [va=…]`: a registration code. */
static int run_code(struct world *w, struct words *in, struct result *out)
{
	const char *place = words_value(in, "va"), *name = words_next(in);
	struct coding c = { .place = place ? place : SITE_ACCOUNT };
	struct err e = ERR_INIT;

	if (name == NULL)
		return world_fail(w, "the code needs a name");
	if (server_write(w->servers, &story_administrator, &w->arena, code_job, &c, &e))
		return result_refused(out, &e);
	world_set_token(w, name, c.code);
	return result_code(out, "OK");
}

static int register_job(struct tx *tx, void *arg, struct err *e)
{
	struct coding *c = arg;

	return code_register(tx, c->name, &c->request, c->answer, e);
}

/* `register-satellite F1 A1 code=C1`: registration file F1 comes over the network. SAME as for answer. */
static int run_register_satellite(struct world *w, struct words *in, struct result *out)
{
	static const struct actor network = { .kind = ACTOR_USER, .address = "192.0.2.9" };
	const char *code = words_value(in, "code");
	struct named_bytes *from = file_named(w, in), *to;
	struct tx tx = server_reader(w->servers, &w->arena);
	const char *name = words_next(in);
	AUTO_BUF bytes = BUF_INIT;
	struct coding c = { .name = world_token(w, code ? code : ""), .answer = &bytes };
	struct err e = ERR_INIT;
	int rc;

	if (from == NULL || name == NULL)
		return world_fail(w, "register which file, with which answer?");
	if (code_check(&tx, c.name, &e) || delegate_read(&tx, from->bytes.data, from->bytes.n, &c.request, &e))
		return result_refused(out, &e);
	rc = server_write(w->servers, &network, &w->arena, register_job, &c, &e);
	delegate_request_fini(&c.request);
	if (rc)
		return result_refused(out, &e);
	to = named_find(w->files, name);
	if (to && to->bytes.n == bytes.n && memcmp(to->bytes.data, bytes.data, bytes.n) == 0)
		return result_code(out, "SAME");
	to = named_set(&w->files, name);
	buf_add(&to->bytes, bytes.data, bytes.n);
	return result_code(out, "OK");
}

const struct verb manager_verbs[] = {
	{ "order-removal", run_order_removal, false },
	{ "known", run_known, true },
	{ "rename", run_rename, false },
	{ "satellite-is", run_satellite_is, true },
	{ "code", run_code, false },
	{ "register-satellite", run_register_satellite, false },
	{ "answer", run_answer, false },
	{ "moves", run_moves, true },
	{ "move-cancel", run_move_cancel, false },
	{ NULL, NULL, false },
};
