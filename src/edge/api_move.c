/* api_move.c - the cloud manager's moves of licenses out of what satellites serve. */
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/license.h"
#include "lic/move.h"

#define MOVES_SHOWN 1000

int api_move(struct req *r, const struct move_row *row, json_t **out, struct err *e)
{
	struct virtual_account_row from, to;
	const struct entitlement_row *kind;
	struct entitlement_row *all;
	size_t n;
	json_t *v;

	if (q_virtual_account_by_id(r->tx.db, r->tx.arena, row->from_id, &from, e) != 1 ||
	    q_virtual_account_by_id(r->tx.db, r->tx.arena, row->to_id, &to, e) != 1 ||
	    q_entitlement_list(r->tx.db, r->tx.arena, &all, &n, e))
		return -1;
	kind = entitlement_in(all, n, row->entitlement_id);
	v = json_object();
	json_set_text(v, "id", row->uuid);
	json_set_text(v, "license", kind ? kind->display_name : "");
	json_set_text(v, "shortName", kind ? kind->name : "");
	json_set_text(v, "entitlementTag", kind ? kind->tag : "");
	json_set_int(v, "quantity", row->quantity);
	json_set_int(v, "moved", row->moved);
	json_set_text(v, "virtualAccount", from.name);
	json_set_text(v, "targetVirtualAccount", to.name);
	json_set_text(v, "servedBy", from.satellite_name);
	json_set_text(v, "state", row->state);
	json_set_int(v, "takenWithRequest", row->taken_in);
	json_set_time(v, "createdDate", row->created_at);
	json_set_text(v, "createdBy", row->created_by);
	json_set_time(v, "endedDate", row->ended_at);
	json_set_text(v, "endedBy", row->ended_by);
	*out = v;
	return 0;
}

static struct reply *list_moves(struct req *r)
{
	struct account_row account;
	struct move_row *rows;
	struct err e = ERR_INIT;
	json_t *list, *one;
	size_t n;
	int rc = 0;

	if (api_account(r, &account, &e) || q_move_list(r->tx.db, r->tx.arena, account.id, MOVES_SHOWN, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!api_may(r, account.id, rows[i].from_id) && !api_may(r, account.id, rows[i].to_id))
			continue;
		rc = api_move(r, &rows[i], &one, &e);
		if (rc == 0)
			json_array_append_new(list, one);
	}
	return api_list(r, rc, &e, "moves", list);
}

static struct reply *cancel_move(struct req *r)
{
	struct account_row account;
	struct move_row row;
	struct err e = ERR_INIT;
	json_t *v, *one;

	if (api_account(r, &account, &e) || move_cancel(&r->tx, &account, r->param[1], &e) ||
	    q_move_by_uuid(r->tx.db, r->tx.arena, r->param[1], &row, &e) != 1 || api_move(r, &row, &one, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "move", one);
	return api_ok(r, v);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route move_routes[] = {
	{ "GET", "/api/v1/accounts/{account}/license-moves", DOORS, RIGHT_LICENSE_READ, IN_ACCOUNT, BODY_NONE, 0,
	  list_moves, NULL, NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/license-moves/{id}/cancel", DOORS, RIGHT_LICENSE_WRITE, OF_ACCOUNT, BODY_JSON,
	  API_BODY_MAX, NULL, cancel_move, NULL, NULL },
	{ 0 },
};
