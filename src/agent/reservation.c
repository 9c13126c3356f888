#include "agent/reservation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/reserve.h"
#include "agent/session.h"
#include "base/clock.h"
#include "base/mem.h"

struct slr_udi reservation_udi(const struct agent *a, char uuid[40])
{
	const char *u = a->uuid;

	snprintf(uuid, 40, "%.8s-%.4s-%.4s-%.4s-%.12s", u, u + 8, u + 12, u + 16, u + 20);
	return (struct slr_udi){ .pid = a->product->udi_pid, .serial = a->serial, .uuid = uuid };
}

/* ---- what is reserved ---- */

bool reservation_in_force(const struct agent *a, const struct slr_entitlement *r, int64_t now)
{
	now = agent_time(a, now);
	return r->start_at <= now && (r->end_at == 0 || now < r->end_at);
}

int64_t reservation_count(const struct agent *a, const char *tag, int64_t now)
{
	int64_t count = 0;

	for (size_t i = 0; a->code && i < a->code->n; i++) {
		const struct slr_entitlement *r = &a->code->entitlements[i];

		if (strcmp(r->tag, tag) == 0 && reservation_in_force(a, r, now))
			count += r->count;
	}
	return count;
}

const struct slr_entitlement *reservation_of(const struct agent *a, const char *tag)
{
	for (size_t i = 0; a->code && i < a->code->n; i++)
		if (strcmp(a->code->entitlements[i].tag, tag) == 0)
			return &a->code->entitlements[i];
	return NULL;
}

bool reservation_exceeded(const struct agent *a, int64_t now)
{
	for (size_t i = 0; i < a->usage_n; i++)
		if (a->usage[i].count > reservation_count(a, a->usage[i].tag, now))
			return true;
	return false;
}

int64_t reservation_judged_at(const struct agent *a, int64_t now)
{
	int64_t at = a->usage_at > a->code_at ? a->usage_at : a->code_at;

	now = agent_time(a, now);
	for (size_t i = 0; a->code && i < a->code->n; i++) {
		const struct slr_entitlement *r = &a->code->entitlements[i];

		if (r->start_at <= now && r->start_at > at)
			at = r->start_at;
		if (r->end_at <= now && r->end_at > at)
			at = r->end_at;
	}
	return at;
}

int reservation_forbids(const struct agent *a, struct err *e)
{
	if (a->code)
		return err_set(e, E_RESERVATION_IN_USE,
			       "This product has a license reservation and no contact with a server. To change what is "
			       "reserved, have the reservation updated at the server and install the new code. To end it: "
			       "license smart reservation return, then license smart reservation disable.");
	if (a->reservation_enabled)
		return err_set(e, E_RESERVATION_IN_USE,
			       "License reservation is enabled, so this product does not register. To register it: license "
			       "smart reservation disable.");
	return 0;
}

/* ---- enable, request, cancel, disable ---- */

static int wrong_state(struct err *e, const char *why)
{
	return err_set(e, E_RESERVATION_STATE, "%s", why);
}

static int needs_enabled(const struct agent *a, struct err *e)
{
	return a->reservation_enabled
		     ? 0
		     : wrong_state(e, "License reservation is not enabled. Enable it: license smart reservation enable");
}

int agent_reservation_enable(struct agent *a, int64_t now, struct err *e)
{
	char uuid[40];
	struct slr_udi udi = reservation_udi(a, uuid);

	buf_clear(&a->warning);
	if (a->code)
		return wrong_state(e, "License reservation is enabled, and an authorization code is installed.");
	if (agent_is_registered(a, now))
		return err_set(
			e, E_RESERVATION_STATE,
			"This product is registered with virtual account '%.128s'. Deregister it first: license smart "
			"deregister",
			a->virtual_account);
	if (a->registering)
		return wrong_state(e,
				   "A registration of this product has no answer yet. Wait for it, or give it up: license "
				   "smart deregister");
	if (slr_udi_check(&udi, e))
		return -1;
	a->reservation_enabled = a->reservation_in_progress = true;
	return session_forget(a, now, e); /* what an expired or refused registration left */
}

/* A code may be on its way when nobody wants it any more. */
static void withdraw(struct agent *a)
{
	if (a->reservation_in_progress && a->requested_at)
		buf_adds(&a->warning,
			 "If a server has issued an authorization code for this request, its licenses stay reserved there "
			 "until it gets a return code. Make one: license smart reservation return-authorization \"CODE\"");
	a->reservation_in_progress = false;
	a->requested_at = 0;
}

int agent_reservation_disable(struct agent *a, struct err *e)
{
	buf_clear(&a->warning);
	if (needs_enabled(a, e))
		return -1;
	if (a->code)
		return err_set(
			e, E_RESERVATION_IN_USE,
			"An authorization code is installed. Give its licenses back first: license smart reservation "
			"return");
	withdraw(a);
	a->reservation_enabled = false;
	return state_save(a, e);
}

int agent_reservation_request(struct agent *a, int64_t now, struct buf *code, struct err *e)
{
	char uuid[40];
	struct slr_request request = { .udi = reservation_udi(a, uuid), .nonce = "" };

	buf_clear(&a->warning);
	if (needs_enabled(a, e))
		return -1;
	if (a->code)
		return wrong_state(e,
				   "An authorization code is installed. To change what is reserved, have the reservation "
				   "updated at the server and install the new code; no new request is needed.");
	if (slr_udi_check(&request.udi, e))
		return -1;
	a->reservation_in_progress = true;
	a->requested_at = now;
	if (state_save(a, e))
		return -1;
	slr_request_write(&request, code);
	return 0;
}

int agent_reservation_cancel(struct agent *a, struct err *e)
{
	buf_clear(&a->warning);
	if (needs_enabled(a, e))
		return -1;
	if (a->code)
		return wrong_state(e, "An authorization code is installed, so there is no request to cancel. To give its "
				      "licenses back: license smart reservation return");
	if (!a->reservation_in_progress)
		return wrong_state(e, "No reservation is in progress. Begin one: license smart reservation request");
	withdraw(a);
	return state_save(a, e);
}

/* ---- codes ---- */

/* Who a code is for, before anything else is said about it. */
static int is_mine(const struct agent *a, const struct slr_code *c, struct err *e)
{
	char uuid[40];
	struct slr_udi own = reservation_udi(a, uuid);
	AUTO_BUF mine = BUF_INIT;
	AUTO_BUF its = BUF_INIT;

	slr_udi_write(&own, &mine);
	slr_udi_write(&c->udi, &its);
	if (strcmp(mine.data, its.data) == 0)
		return 0;
	return err_set(e, E_CODE_WRONG_PRODUCT,
		       "The authorization code is for the product %.160s; this product is %.160s. Install it there.",
		       its.data, mine.data);
}

/* A code for this product from a server below its root; texts are in the arena. */
static int take(const struct agent *a, const char *text, size_t n, int64_t at, struct arena *arena, struct slr_code *out,
		struct err *e)
{
	struct err why = ERR_INIT;
	char shown[CLOCK_TEXT_SIZE];

	if (a->root == NULL)
		return err_set(
			e, E_USAGE,
			"The licensing root is not known, so no code could be trusted. Give it once with --root-file.");
	if (n > SLR_CODE_MAX)
		return err_set(e, E_CODE_TOO_LONG,
			       "An authorization code has at most %d characters; here are %zu. Give the code alone.",
			       SLR_CODE_MAX, n);
	if (slr_read(text, n, arena, out, e))
		return -1;
	if (slr_verify(out, a->root, at, &why))
		return err_set(e, why.code, "%.400s This product's clock says %s.", why.text, clock_text(at, shown));
	return is_mine(a, out, e);
}

int reservation_load(struct agent *a, struct err *e)
{
	struct slr_code *c = arena_alloc(&a->code_arena, sizeof(*c));

	/* as it was when it was installed: what was good then stays good */
	if (take(a, a->code_text, strlen(a->code_text), a->code_at, &a->code_arena, c, e))
		return -1;
	a->code = c;
	return 0;
}

static int is_new(const struct agent *a, const struct slr_code *c, struct err *e)
{
	char its[CLOCK_TEXT_SIZE], newest[CLOCK_TEXT_SIZE], confirmation[SLR_CONFIRMATION_SIZE];

	if (c->timestamp > a->newest_code)
		return 0;
	if (a->code && c->timestamp == a->code->timestamp)
		return err_set(e, E_CODE_USED,
			       "An authorization code of this time, %s, is installed already. The confirmation code is %s.",
			       clock_text(c->timestamp, its), slr_confirmation(a->code, confirmation));
	if (c->timestamp == a->newest_code)
		return err_set(
			e, E_CODE_USED,
			"The authorization code of %s was given back. Have the licenses reserved anew at the server.",
			clock_text(c->timestamp, its));
	return err_set(
		e, E_CODE_OLD,
		"The authorization code was issued on %s, this product has had one of %s. Install the newest that the "
		"server issued, or have the licenses reserved anew.",
		clock_text(c->timestamp, its), clock_text(a->newest_code, newest));
}

static int needs_request(const struct agent *a, struct err *e)
{
	if (needs_enabled(a, e))
		return -1;
	if (a->code || a->reservation_in_progress)
		return 0;
	return wrong_state(e, "No reservation is in progress. Begin one: license smart reservation request. If the code is "
			      "not wanted any more, give it back: license smart reservation return-authorization \"CODE\"");
}

static void set_code(struct agent *a, struct arena *arena, const struct slr_code *c)
{
	AUTO_BUF text = BUF_INIT;

	arena_fini(&a->code_arena);
	state_set(&a->code_text, NULL);
	a->code = c;
	if (c == NULL)
		return;
	a->code_arena = *arena;
	*arena = (struct arena){ 0 };
	slr_write(c, &text);
	state_set(&a->code_text, text.data);
}

static void installed(struct agent *a, struct arena *arena, const struct slr_code *c, int64_t now)
{
	evaluation_account(a, now);
	a->code_at = agent_time(a, now);
	if (a->code == NULL)
		a->reserved_at = a->code_at;
	set_code(a, arena, c);
	a->newest_code = c->timestamp;
	a->reservation_in_progress = false;
	a->requested_at = 0;
	state_set(&a->return_code, NULL);
	a->returned_at = 0;
	evaluation_account(a, now);
}

int agent_reservation_install(struct agent *a, const char *code, size_t n, int64_t now,
			      char confirmation[SLR_CONFIRMATION_SIZE], struct err *e)
{
	struct arena arena = { 0 };
	struct slr_code *c = arena_alloc(&arena, sizeof(*c));
	int rc;

	buf_clear(&a->warning);
	rc = needs_request(a, e) || take(a, code, n, agent_time(a, now), &arena, c, e) || is_new(a, c, e) ? -1 : 0;
	if (rc == 0) {
		installed(a, &arena, c, now);
		slr_confirmation(c, confirmation);
		rc = state_save(a, e);
	}
	arena_fini(&arena);
	return rc;
}

int agent_reservation_return(struct agent *a, int64_t now, char code[SLR_RETURN_SIZE], struct err *e)
{
	buf_clear(&a->warning);
	if (needs_enabled(a, e))
		return -1;
	if (a->code == NULL)
		return wrong_state(e,
				   "No authorization code is installed, so there is nothing to return. For a code that was "
				   "never installed: license smart reservation return-authorization \"CODE\"");
	slr_return(a->code, code);
	evaluation_account(a, now);
	set_code(a, NULL, NULL);
	a->reserved_at = a->code_at = 0;
	state_set(&a->return_code, code);
	a->returned_at = now;
	evaluation_account(a, now);
	return state_save(a, e);
}

/* Once its return code is told, a code must never be installed: it counts as the newest from now on. */
static int give_back(struct agent *a, const struct slr_code *c, int64_t now, char return_code[SLR_RETURN_SIZE],
		     struct err *e)
{
	slr_return(c, return_code);
	if (c->timestamp > a->newest_code)
		a->newest_code = c->timestamp;
	a->reservation_in_progress = false;
	a->requested_at = 0;
	state_set(&a->return_code, return_code);
	a->returned_at = now;
	return state_save(a, e);
}

int agent_reservation_return_authorization(struct agent *a, const char *code, size_t n, int64_t now,
					   char return_code[SLR_RETURN_SIZE], struct err *e)
{
	struct arena arena = { 0 };
	struct slr_code c;
	int rc = -1;

	buf_clear(&a->warning);
	if (take(a, code, n, agent_time(a, now), &arena, &c, e) == 0) {
		if (a->code && c.timestamp == a->code->timestamp)
			wrong_state(
				e,
				"This authorization code is installed. To give it back: license smart reservation return");
		else if (a->code)
			wrong_state(
				e,
				"Another authorization code is installed, and a return code ends the whole reservation. "
				"To keep what is installed, have the server re-issue it; to give everything back: license "
				"smart reservation return");
		else
			rc = give_back(a, &c, now, return_code, e);
	}
	arena_fini(&arena);
	return rc;
}
