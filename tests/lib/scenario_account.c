/* scenario_account.c - accounts that are asked for and deleted; what is said of virtual accounts. */
#include <string.h>

#include "lic/account_request.h"
#include "lic/person.h"
#include "lic/virtual_account.h"
#include "tests/lib/scenario.h"

static int result_of(struct result *out, int rc, const struct err *e, const char *text)
{
	if (rc)
		return result_refused(out, e);
	str_copy(out->text, sizeof(out->text), text ? text : "");
	return result_code(out, "OK");
}

/* ---- people who ask ---- */

struct requester {
	const char *name, *role, *account;
};

static int requester_job(struct tx *tx, void *arg, struct err *e)
{
	struct requester *p = arg;
	struct person_new in = { .name = p->name, .hash = "-" };
	struct account_row account;

	if (role_by_text(p->role, "role", &in.grant.role, e) || (p->account && account_find(tx, p->account, &account, e)))
		return -1;
	in.grant.account = p->account ? account.id : 0;
	return person_add(tx, &in, e);
}

/* `requester anna role=account-administrator [account=Acme]`: somebody who may ask for accounts. */
static int run_requester(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct requester p = { .role = words_value(in, "role"), .account = words_value(in, "account") };
	struct err e = ERR_INIT;

	p.name = words_next(in);
	if (s == NULL || p.name == NULL || p.role == NULL)
		return world_fail(w, "requester NAME role=ROLE");
	return result_of(out, server_write(s, &story_administrator, &w->arena, requester_job, &p, &e), &e, NULL);
}

/* `role-is anna account-administrator account=Branch [no]` */
static int run_role_is(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *where = words_value(in, "account"), *name, *role;
	bool no = words_flag(in, "no"), has = false;
	struct account_row account;
	struct person_row person;
	struct grant_row *rows;
	struct err e = ERR_INIT;
	struct tx tx;
	size_t n;

	name = words_next(in);
	role = words_next(in);
	if (s == NULL || name == NULL || role == NULL || where == NULL)
		return world_fail(w, "role-is NAME ROLE account=ACCOUNT");
	tx = server_reader(s, &w->arena);
	if (person_find(&tx, name, &person, &e) || account_find(&tx, where, &account, &e) ||
	    q_grants_of_person(tx.db, tx.arena, person.id, &rows, &n, &e))
		return world_fail(w, "%s", e.text);
	for (size_t i = 0; i < n; i++)
		has |= strcmp(rows[i].role, role) == 0 && rows[i].account == account.id;
	return has == !no ? result_code(out, "OK") : world_fail(w, "%s is %s %s", name, has ? "" : "no", role);
}

/* ---- requests ---- */

struct wish {
	const char *by, *uuid, *reason, *said;
	bool cancel;
	struct account_wish in;
	struct account_request_row row;
};

static int wish_job(struct tx *tx, void *arg, struct err *e)
{
	struct wish *wish = arg;
	struct caller caller = { .local = wish->by == NULL };
	struct person_row person;

	if (wish->by && person_find(tx, wish->by, &person, e))
		return -1;
	caller.person = wish->by ? person.id : 0;
	return account_request_add(tx, &caller, caller.local, &wish->in, &wish->row, e);
}

/* `account-request R1 NAME [by=anna] [smart=… virtual=…] [message=…]`; without by= on the server itself. */
static int run_request(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct wish wish = { .by = words_value(in, "by"),
			     .in = { .smart_account = words_value(in, "smart"),
				     .virtual_account = words_value(in, "virtual"),
				     .message = words_value(in, "message") } };
	struct actor actor = story_administrator;
	const char *name = words_next(in);
	struct err e = ERR_INIT;
	int rc;

	wish.in.name = words_next(in);
	if (s == NULL || wish.in.name == NULL)
		return world_fail(w, "account-request NAME ACCOUNT");
	if (wish.by) {
		actor.kind = ACTOR_USER;
		str_copy(actor.name, sizeof(actor.name), wish.by);
	}
	rc = server_write(s, &actor, &w->arena, wish_job, &wish, &e);
	if (rc == 0)
		world_set_token(w, name, wish.row.uuid);
	return result_of(out, rc, &e, NULL);
}

static int approve_job(struct tx *tx, void *arg, struct err *e)
{
	struct account_permits none = { 0 };
	struct account_row account;
	struct wish *wish = arg;

	return account_request_approve(tx, wish->uuid, &none, &wish->row, &account, &wish->said, e);
}

static int refuse_job(struct tx *tx, void *arg, struct err *e)
{
	struct wish *wish = arg;

	return wish->cancel ? account_request_cancel(tx, wish->uuid, &wish->row, e)
			    : account_request_reject(tx, wish->uuid, wish->reason, &wish->row, e);
}

static int decide(struct world *w, struct words *in, struct result *out, struct wish *wish, server_job job)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *name = words_next(in);
	struct err e = ERR_INIT;
	int rc;

	if (s == NULL || name == NULL)
		return world_fail(w, "which request, where?");
	wish->uuid = world_token(w, name);
	rc = server_write(s, &story_administrator, &w->arena, job, wish, &e);
	return result_of(out, rc, &e, wish->said);
}

/* `approve R1`: it says who became account administrator, if anybody. */
static int run_approve(struct world *w, struct words *in, struct result *out)
{
	return decide(w, in, out, &(struct wish){ 0 }, approve_job);
}

/* `reject R1 because=…` */
static int run_reject(struct world *w, struct words *in, struct result *out)
{
	return decide(w, in, out, &(struct wish){ .reason = words_value(in, "because") }, refuse_job);
}

/* `cancel-request R1` */
static int run_cancel(struct world *w, struct words *in, struct result *out)
{
	return decide(w, in, out, &(struct wish){ .cancel = true }, refuse_job);
}

/* `request-is R1 REJECTED [because=…]` */
static int run_request_is(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *because = words_value(in, "because"), *name = words_next(in), *state = words_next(in);
	struct account_request_row row;
	struct err e = ERR_INIT;
	struct tx tx;

	if (s == NULL || state == NULL)
		return world_fail(w, "request-is NAME STATE");
	tx = server_reader(s, &w->arena);
	if (account_request_find(&tx, world_token(w, name), &row, &e))
		return world_fail(w, "%s", e.text);
	if (strcmp(row.state, state) != 0 || (because && strcmp(row.reason, because) != 0))
		return world_fail(w, "it is %s because '%s'", row.state, row.reason);
	return result_code(out, "OK");
}

/* ---- the end of an account ---- */

struct deletion {
	const char *name, *confirm, *next;
};

static int delete_job(struct tx *tx, void *arg, struct err *e)
{
	struct deletion *d = arg;

	return account_delete(tx, d->name, d->confirm, &d->next, e);
}

/* `delete-account NAME [confirm=NAME]`: it says what the manager has to do. */
static int run_delete(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct deletion d = { .confirm = words_value(in, "confirm") };
	struct err e = ERR_INIT;
	int rc;

	d.name = words_next(in);
	if (s == NULL || d.name == NULL)
		return world_fail(w, "delete-account NAME");
	rc = server_write(s, &story_administrator, &w->arena, delete_job, &d, &e);
	return result_of(out, rc, &e, d.next);
}

/* `next-step Acme [contains=…]`: what is to be done with the account; without contains= nothing. */
static int run_next(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *contains = words_value(in, "contains"), *name = words_next(in), *next;
	struct account_row account;
	struct err e = ERR_INIT;
	struct tx tx;

	if (s == NULL || name == NULL)
		return world_fail(w, "next-step ACCOUNT");
	tx = server_reader(s, &w->arena);
	if (account_find(&tx, name, &account, &e) || account_next_step(&tx, &account, &next, &e))
		return world_fail(w, "%s", e.text);
	if (contains ? strstr(next, contains) == NULL : *next != '\0')
		return world_fail(w, "the next step is '%s'", next);
	return result_code(out, "OK");
}

/* ---- virtual accounts ---- */

struct change {
	const char *account, *name;
	struct virtual_account_change in;
	const char *tags[LINE_WORDS];
};

static int change_job(struct tx *tx, void *arg, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;
	struct change *c = arg;

	return account_find(tx, c->account, &account, e) || virtual_account_find(tx, &account, c->name, &va, e) ||
			       virtual_account_update(tx, &account, &va, &c->in, e)
		     ? -1
		     : 0;
}

/* Words divided by commas; none in an empty text. */
static void split_tags(char *text, struct change *c)
{
	c->in.tags = c->tags;
	for (char *at = *text ? text : NULL; at && c->in.tags_n < LINE_WORDS;) {
		char *comma = strchr(at, ',');

		c->tags[c->in.tags_n++] = at;
		if (comma)
			*comma++ = '\0';
		at = comma;
	}
}

/* `change-virtual-account Branch [account=…] [name=…] [description=…] [tags=site=berlin,old]` */
static int run_change(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *account = words_value(in, "account");
	struct change c = { .account = account ? account : ACCOUNT,
			    .in = { .name = words_value(in, "name"), .description = words_value(in, "description") } };
	char *tags = words_value(in, "tags");
	struct err e = ERR_INIT;

	if (tags)
		split_tags(tags, &c);
	c.name = words_next(in);
	if (s == NULL || c.name == NULL)
		return world_fail(w, "change-virtual-account NAME");
	return result_of(out, server_write(s, &story_administrator, &w->arena, change_job, &c, &e), &e, NULL);
}

/* `tags Branch [account=…] site=berlin,old`: all of them, sorted; `tags Branch ""`: none. */
static int run_tags(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *account = words_value(in, "account"), *name = words_next(in), *want = words_next(in);
	struct virtual_account_row va;
	struct account_row row;
	struct tag_row *tags;
	struct err e = ERR_INIT;
	AUTO_BUF is = BUF_INIT;
	struct tx tx;
	size_t n;

	if (s == NULL || want == NULL)
		return world_fail(w, "tags VIRTUAL-ACCOUNT TAGS");
	tx = server_reader(s, &w->arena);
	if (account_find(&tx, account ? account : ACCOUNT, &row, &e) || virtual_account_find(&tx, &row, name, &va, &e) ||
	    virtual_account_tags(&tx, va.id, &tags, &n, &e))
		return world_fail(w, "%s", e.text);
	buf_adds(&is, "");
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(&is, ',');
		buf_adds(&is, tags[i].tag);
	}
	return strcmp(is.data, want) == 0 ? result_code(out, "OK") : world_fail(w, "the tags are '%s'", is.data);
}

const struct verb account_verbs[] = {
	{ "requester", run_requester, false },
	{ "role-is", run_role_is, true },
	{ "account-request", run_request, false },
	{ "approve", run_approve, false },
	{ "reject", run_reject, false },
	{ "cancel-request", run_cancel, false },
	{ "request-is", run_request_is, true },
	{ "delete-account", run_delete, false },
	{ "next-step", run_next, true },
	{ "change-virtual-account", run_change, false },
	{ "tags", run_tags, true },
	{ NULL, NULL, false },
};
