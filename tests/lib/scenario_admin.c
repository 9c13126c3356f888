/* scenario_admin.c - what administrators do: orders, tokens, accounts, licenses; and time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "lic/account.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/token.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/scenario.h"

static int result_of(struct result *out, int rc, const struct err *e)
{
	return rc ? result_refused(out, e) : result_code(out, "OK");
}

/* Where in an account: the two rows. */
struct place {
	const char *account, *name;
	struct account_row row;
	struct virtual_account_row va;
};

static void place_of(struct words *in, const char *otherwise, struct place *out)
{
	const char *account = words_value(in, "account"), *va = words_value(in, "va");

	*out = (struct place){ .account = account ? account : ACCOUNT, .name = va ? va : otherwise };
}

static int place_find(struct tx *tx, struct place *p, struct err *e)
{
	return account_find(tx, p->account, &p->row, e) || virtual_account_find(tx, &p->row, p->name, &p->va, e) ? -1 : 0;
}

/* ---- orders ---- */

struct order {
	struct place place;
	struct order_new in[LINE_WORDS];
	size_t n;
};

static int order_job(struct tx *tx, void *arg, struct err *e)
{
	struct order *o = arg;
	struct lot_row lot;

	if (place_find(tx, &o->place, e))
		return -1;
	for (size_t i = 0; i < o->n; i++)
		if (order_add(tx, &o->place.row, &o->place.va, &o->in[i], &lot, e))
			return -1;
	return 0;
}

static int moment(struct world *w, struct words *in, const char *name, int64_t *at)
{
	const char *text = words_value(in, name);
	int64_t ms;

	if (text == NULL)
		return 0;
	if (!line_span(text, &ms))
		return world_fail(w, "%s=%s is no time from now", name, text);
	*at = clock_now() + ms;
	return 0;
}

/* `order Enhanced=5 Basic=2 [type=TERM|DEMO start=10d end=30d subscription=S] [va=Direct] [unsynced]`: bought at the
 * manager; what is the satellite's reaches it by a synchronization at once, unless it is `unsynced`. */
static int run_order(struct world *w, struct words *in, struct result *out)
{
	const char *type = words_value(in, "type"), *subscription = words_value(in, "subscription");
	bool unsynced = words_flag(in, "unsynced");
	struct order o = { .n = 0 };
	int64_t start = 0, end = 0;
	struct err e = ERR_INIT;
	char *word;
	int rc;

	place_of(in, SITE_ACCOUNT, &o.place);
	if (moment(w, in, "start", &start) || moment(w, in, "end", &end))
		return -1;
	while ((word = words_next(in)) != NULL) {
		struct order_new *one = &o.in[o.n++];

		*one = (struct order_new){ .license_type = type ? type : "PERPETUAL",
					   .start_at = start,
					   .end_at = end,
					   .subscription_id = subscription,
					   .license = word };
		if (!line_count(word, &one->quantity))
			return world_fail(w, "'%s' is not LICENSE=COUNT", word);
	}
	rc = server_write(w->servers, &story_administrator, &w->arena, order_job, &o, &e);
	if (rc == 0 && !unsynced && strcmp(o.place.name, SITE_ACCOUNT) == 0)
		rc = sync_now(w, w->servers->next, &e);
	return result_of(out, rc, &e);
}

struct transfer {
	struct place from, to;
	struct license_transfer in;
};

static int transfer_job(struct tx *tx, void *arg, struct err *e)
{
	struct transfer *t = arg;

	if (place_find(tx, &t->from, e) || place_find(tx, &t->to, e))
		return -1;
	return license_transfer(tx, &t->from.row, &t->from.va, &t->to.va, &t->in, &(struct move_row){ 0 }, e);
}

/* `transfer Enhanced=3 from=Default to=Branch [type=TERM] [precedence=SHORTEST_TERM_FIRST] [pending] [force]` */
static int run_transfer(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct transfer t = { .in = { .license_type = words_value(in, "type"),
				      .precedence = words_value(in, "precedence"),
				      .pending = words_flag(in, "pending"),
				      .force = words_flag(in, "force") } };
	const char *from = words_value(in, "from"), *to = words_value(in, "to");
	struct err e = ERR_INIT;
	char *word;

	place_of(in, from ? from : DEFAULT_VIRTUAL_ACCOUNT, &t.from);
	t.to = t.from;
	t.to.name = to;
	word = words_next(in);
	if (s == NULL || to == NULL || word == NULL || !line_count(word, &t.in.quantity))
		return world_fail(w, "transfer LICENSE=COUNT from=… to=…");
	t.in.license = word;
	return result_of(out, server_write(s, &story_administrator, &w->arena, transfer_job, &t, &e), &e);
}

/* ---- tokens ---- */

struct token_order {
	struct place place;
	struct token_new in;
	char value[TOKEN_SIZE];
};

static int token_job(struct tx *tx, void *arg, struct err *e)
{
	struct token_order *t = arg;

	return place_find(tx, &t->place, e) ? -1 : token_create(tx, &t->place.row, &t->place.va, &t->in, t->value, e);
}

/* `token T1 [days=30] [uses=10] [export] [va=Branch]` */
static int run_token(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *days = words_value(in, "days"), *uses = words_value(in, "uses"), *name;
	struct token_order t = { .in.export_controlled = words_flag(in, "export") };
	struct err e = ERR_INIT;
	int rc;

	place_of(in, DEFAULT_VIRTUAL_ACCOUNT, &t.place);
	name = words_next(in);
	if (s == NULL)
		return -1;
	if (name == NULL || str_int(days ? days : "30", INT32_MIN, INT32_MAX, &t.in.days) ||
	    str_int(uses ? uses : "0", INT32_MIN, INT32_MAX, &t.in.uses))
		return world_fail(w, "token NAME days=N uses=N");
	rc = server_write(s, &story_administrator, &w->arena, token_job, &t, &e);
	if (rc == 0)
		world_set_token(w, name, t.value);
	return result_of(out, rc, &e);
}

static int revoke_job(struct tx *tx, void *arg, struct err *e)
{
	return token_revoke(tx, 0, 0, arg, e);
}

static int run_revoke(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *name = words_next(in);
	struct err e = ERR_INIT;

	if (s == NULL || name == NULL)
		return world_fail(w, "revoke which token, where?");
	return result_of(out,
			 server_write(s, &story_administrator, &w->arena, revoke_job, (void *)world_token(w, name), &e),
			 &e);
}

/* ---- accounts ---- */

struct account_order {
	const char *name;
	struct account_new in;
	bool active, permit, reservation;
};

static int account_job(struct tx *tx, void *arg, struct err *e)
{
	struct account_order *a = arg;
	struct account_row row;

	return account_add(tx, &a->in, &row, e);
}

static int active_job(struct tx *tx, void *arg, struct err *e)
{
	struct account_order *a = arg;

	return account_set_active(tx, a->name, a->active, e);
}

static int permit_job(struct tx *tx, void *arg, struct err *e)
{
	struct account_order *a = arg;

	if (a->reservation)
		return account_permit_reservation(tx, a->name, a->permit, e);
	return account_permit_export(tx, a->name, a->permit, e);
}

/* `account NAME [at=manager] [smart=… virtual=…] [export]` */
static int run_account(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct account_order a = { .in.smart_account = words_value(in, "smart"),
				   .in.virtual_account = words_value(in, "virtual"),
				   .in.export_permitted = words_flag(in, "export") };
	struct err e = ERR_INIT;

	a.in.name = words_next(in);
	if (s == NULL || a.in.name == NULL)
		return world_fail(w, "which account, where?");
	return result_of(out, server_write(s, &story_administrator, &w->arena, account_job, &a, &e), &e);
}

static int set_active(struct world *w, struct words *in, struct result *out, bool active)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct account_order a = { .active = active };
	struct err e = ERR_INIT;

	a.name = words_next(in);
	if (s == NULL || a.name == NULL)
		return world_fail(w, "which account, where?");
	return result_of(out, server_write(s, &story_administrator, &w->arena, active_job, &a, &e), &e);
}

static int run_activate(struct world *w, struct words *in, struct result *out)
{
	return set_active(w, in, out, true);
}

static int run_deactivate(struct world *w, struct words *in, struct result *out)
{
	return set_active(w, in, out, false);
}

static int permit(struct world *w, struct words *in, struct result *out, bool reservation)
{
	struct server *s = world_server(w, in, MANAGER);
	struct account_order a = { .name = words_next(in), .reservation = reservation };
	struct err e = ERR_INIT;

	a.permit = words_flag(in, "yes");
	if (s == NULL || a.name == NULL || a.permit == words_flag(in, "no"))
		return world_fail(w, "permit which ACCOUNT, yes|no?");
	return result_of(out, server_write(s, &story_administrator, &w->arena, permit_job, &a, &e), &e);
}

/* `permit-export Acme yes|no`: at the manager; the satellite learns it with the next file. */
static int run_permit_export(struct world *w, struct words *in, struct result *out)
{
	return permit(w, in, out, false);
}

/* `permit-reservation Acme yes|no`: likewise. */
static int run_permit_reservation(struct world *w, struct words *in, struct result *out)
{
	return permit(w, in, out, true);
}

static int virtual_account_job(struct tx *tx, void *arg, struct err *e)
{
	struct place *p = arg;

	if (account_find(tx, p->account, &p->row, e))
		return -1;
	return virtual_account_add(tx, &p->row, p->name, "", &p->va, e);
}

static int delete_job(struct tx *tx, void *arg, struct err *e)
{
	struct place *p = arg;

	return account_find(tx, p->account, &p->row, e) || virtual_account_delete(tx, &p->row, p->name, e) ? -1 : 0;
}

/* `virtual-account add|delete Branch` */
static int run_virtual_account(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	bool add = words_flag(in, "add"), delete = words_flag(in, "delete");
	struct err e = ERR_INIT;
	struct place p;

	place_of(in, NULL, &p);
	p.name = words_next(in);
	if (s == NULL || p.name == NULL || add == delete)
		return world_fail(w, "virtual-account add|delete NAME");
	return result_of(out,
			 server_write(s, &story_administrator, &w->arena, add ? virtual_account_job : delete_job, &p, &e),
			 &e);
}

static int remove_job(struct tx *tx, void *arg, struct err *e)
{
	return instance_remove(tx, arg, e);
}

/* `remove ucm1`: an administrator removes the product instance. */
static int run_remove(struct world *w, struct words *in, struct result *out)
{
	const char *name = words_next(in), *piid, *before;
	struct server *s = name ? product_registration(w, name, &piid, &before) : NULL;
	struct err e = ERR_INIT;

	if (s == NULL)
		return world_fail(w, "there is no product '%s'", name ? name : "");
	return result_of(out, server_write(s, &story_administrator, &w->arena, remove_job, (void *)piid, &e), &e);
}

/* ---- the world itself ---- */

/* `advance 30d 1h -1ms`: the sum of the spans. */
static int run_advance(struct world *w, struct words *in, struct result *out)
{
	int64_t ms = 0, one;
	const char *word;

	while ((word = words_next(in)) != NULL) {
		if (!line_span(word, &one))
			return world_fail(w, "'%s' is no span of time", word);
		ms += one;
	}
	return world_advance(w, ms) ? -1 : result_code(out, "OK");
}

static int accept_job(struct tx *tx, void *arg, struct err *e)
{
	return wall_accept(tx, arg, e);
}

/* `clock -2h`: somebody sets the servers' clock. `clock accept [at=…]`: an administrator says that it is right. */
static int run_clock(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *word = words_next(in);
	struct err e = ERR_INIT;
	int64_t ms;

	if (s == NULL || word == NULL)
		return world_fail(w, "set the clock by how much?");
	if (strcmp(word, "accept") == 0)
		return result_of(out, server_write(s, &story_administrator, &w->arena, accept_job, &s->site.wall, &e), &e);
	if (!line_span(word, &ms))
		return world_fail(w, "set the clock by how much?");
	clock_fake_set(clock_now() + ms);
	return result_code(out, "OK");
}

static int run_restart(struct world *w, struct words *in, struct result *out)
{
	(void)in;
	return world_restart(w) ? -1 : result_code(out, "OK");
}

/* `server satellite down|up`: agents cannot reach it. */
static int run_server(struct world *w, struct words *in, struct result *out)
{
	bool down = words_flag(in, "down"), up = words_flag(in, "up");
	const char *name = words_next(in);
	struct server *s = world_find_server(w, name ? name : "");

	if (s == NULL)
		return -1;
	if (down == up)
		return world_fail(w, "is the server down or up?");
	s->down = down;
	return result_code(out, "OK");
}

/* `satellite S2 [smart=Acme virtual=Direct]`: one more satellite, with an account that waits for its authorization. */
static int run_satellite(struct world *w, struct words *in, struct result *out)
{
	const char *smart = words_value(in, "smart"), *virtual = words_value(in, "virtual"), *name = words_next(in);
	struct account_order a = { .in = { .name = ACCOUNT,
					   .smart_account = smart ? smart : ACCOUNT,
					   .virtual_account = virtual ? virtual : SITE_ACCOUNT } };
	struct server *s, *last = w->servers;
	struct err e = ERR_INIT;

	if (name == NULL)
		return world_fail(w, "the satellite needs a name");
	s = mem_alloc(sizeof(*s));
	while (last->next)
		last = last->next;
	last->next = s;
	if (server_open(s, SITE_SATELLITE, name, w->dir, &e) ||
	    server_write(s, &story_administrator, &w->arena, account_job, &a, &e))
		return world_fail(w, "the satellite '%s': %s", name, e.text);
	return result_code(out, "OK");
}

const struct verb admin_verbs[] = {
	{ "order", run_order, false },
	{ "transfer", run_transfer, false },
	{ "token", run_token, false },
	{ "revoke", run_revoke, false },
	{ "account", run_account, false },
	{ "activate", run_activate, false },
	{ "deactivate", run_deactivate, false },
	{ "permit-export", run_permit_export, false },
	{ "permit-reservation", run_permit_reservation, false },
	{ "virtual-account", run_virtual_account, false },
	{ "remove", run_remove, false },
	{ "advance", run_advance, false },
	{ "clock", run_clock, false },
	{ "restart", run_restart, false },
	{ "server", run_server, false },
	{ "satellite", run_satellite, false },
	{ NULL, NULL, false },
};
