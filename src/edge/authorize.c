/* authorize.c - who a secret belongs to, and whether he may do what a route does where it does it. */
#include <string.h>

#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/remote.h"
#include "lic/reservation.h"
#include "lic/session.h"

int edge_login(struct req *r, const char *kind, const char *secret, struct err *e)
{
	int rc = session_find(&r->tx, kind, secret, &r->actor, &r->caller, e);

	return rc == 1 ? 0 : rc < 0 ? -1 : err_set(e, E_LOGIN_REQUIRED, NULL);
}

int edge_seen(struct tx *tx, int64_t session, struct err *e)
{
	return session_touch(tx, session, e);
}

/* What the place of a route is called when it is refused. */
static const char *place_words(enum scope scope)
{
	return scope == OF_PLACE ? "in this virtual account of '" : "in the account '";
}

/* The same text whether or not there is what was named: who may not see it cannot find out. */
static int refuse(struct req *r, const char *where, struct err *e)
{
	const char *name = where && r->param[0] ? r->param[0] : "";

	return err_set(
		e, E_FORBIDDEN,
		"Your role does not allow this%s%s%.128s%s: it takes the right '%s'. A system administrator%s can give it "
		"to you.",
		where ? " " : "", where ? where : "", name, where ? "'" : "", right_text(r->route->right),
		where ? ", or an administrator of the account," : "");
}

bool api_may(struct req *r, int64_t account, int64_t virtual_account)
{
	return access_covers(&r->caller, r->route->right, account, virtual_account);
}

static int may_in_account(struct req *r, struct err *e)
{
	enum scope scope = r->route->scope;
	struct virtual_account_row va;
	struct account_row account;
	struct err unknown = ERR_INIT;

	if (account_find(&r->tx, r->param[0], &account, &unknown))
		return unknown.code == E_ACCOUNT_UNKNOWN ? refuse(r, place_words(scope), e) : (*e = unknown, -1);
	if (api_may(r, account.id, 0) || (scope == IN_ACCOUNT && access_touches(&r->caller, r->route->right, account.id)))
		return 0;
	if (scope != OF_PLACE)
		return refuse(r, place_words(scope), e);
	if (virtual_account_find(&r->tx, &account, r->param[1], &va, &unknown) == 0)
		return api_may(r, account.id, va.id) ? 0 : refuse(r, place_words(scope), e);
	return unknown.code == E_VIRTUAL_ACCOUNT_UNKNOWN ? refuse(r, place_words(scope), e) : (*e = unknown, -1);
}

/* The virtual account of what an identifier names: 1, 0, -1. */
static int place_of_instance(struct req *r, int64_t *virtual_account, struct err *e)
{
	struct remote_instance_row remote;
	struct virtual_account_row va;
	struct instance_row instance;
	int rc = q_instance_by_uuid(r->tx.db, r->tx.arena, r->param[0], &instance, e);

	if (rc == 1)
		*virtual_account = instance.virtual_account_id;
	if (rc == 0) {
		rc = remote_instance_find(&r->tx, r->param[0], &remote, &va, e);
		if (rc == 1)
			*virtual_account = va.id;
	}
	return rc;
}

static int place_of_reservation(struct req *r, int64_t *virtual_account, struct err *e)
{
	struct remote_reservation_row remote;
	struct virtual_account_row va;
	struct reservation_row row;
	struct err unknown = ERR_INIT;
	int rc;

	if (reservation_find(&r->tx, r->param[0], &row, &unknown) == 0) {
		*virtual_account = row.virtual_account_id;
		return 1;
	}
	if (unknown.code != E_RESERVATION_UNKNOWN) {
		*e = unknown;
		return -1;
	}
	rc = remote_reservation_find(&r->tx, r->param[0], &remote, &va, e);
	if (rc == 1)
		*virtual_account = va.id;
	return rc;
}

static int may_of_thing(struct req *r, const char *where, struct err *e)
{
	struct virtual_account_row va;
	int64_t id = 0;
	/* A product with a reservation is shown among the product instances under the identifier of the reservation. */
	int rc = r->route->scope == OF_INSTANCE ? place_of_instance(r, &id, e) : 0;

	if (rc == 0)
		rc = place_of_reservation(r, &id, e);
	if (rc < 0)
		return -1;
	if (rc == 1 && q_virtual_account_by_id(r->tx.db, r->tx.arena, id, &va, e) != 1)
		return -1;
	return rc == 1 && api_may(r, va.account_id, va.id) ? 0 : refuse(r, where, e);
}

int edge_authorize(struct req *r, struct err *e)
{
	if (r->route->right == RIGHT_SIGNED || api_may(r, 0, 0))
		return 0;
	/* Who may nowhere is not told more. */
	if (!access_touches(&r->caller, r->route->right, 0))
		return refuse(r, NULL, e);
	switch (r->route->scope) {
	case OF_SERVER:
		break;
	case ANYWHERE:
		return 0;
	case OF_ACCOUNT:
	case IN_ACCOUNT:
	case OF_PLACE:
		return may_in_account(r, e);
	case OF_INSTANCE:
		return may_of_thing(r, "with the product instance '", e);
	case OF_RESERVATION:
		return may_of_thing(r, "with the reservation '", e);
	}
	return refuse(r, NULL, e);
}
