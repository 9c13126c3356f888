/* api.h - what the REST handlers share (rest-api.md, etc/openapi.yaml). */
#ifndef EDGE_API_H
#define EDGE_API_H

#include "db/q.h"
#include "http/http.h"

#define API_BODY_MAX (1 << 20)

/* The status of licenses of which a satellite alone knows how many are in use; inUse is 0 then, for clients that compute
 * with it. */
#define API_SERVED_ELSEWHERE "Served Elsewhere"

/* 200 with status SUCCESS; takes over v. */
struct reply *api_ok(struct req *r, json_t *v);

/* 200 with a list under its name and totalRecords, of which limit, offset or cursor take a page, as JSON or CSV
 * (list.h); takes over list. rc not 0: reply_error of e instead. */
struct reply *api_list(struct req *r, int rc, const struct err *e, const char *name, json_t *list);

/* A list of all accounts in some part of which the caller may do what the route does, each as `one` describes it. */
typedef int (*api_account_fn)(struct req *r, const struct account_row *row, json_t **out, struct err *e);
struct reply *api_accounts(struct req *r, api_account_fn one);

/* The account and virtual account that the path names ({account}, {va}). -1 and e. */
int api_account(struct req *r, struct account_row *out, struct err *e);
int api_virtual_account(struct req *r, struct account_row *account, struct virtual_account_row *out, struct err *e);

/* May the caller do what the route does in all of a place? account 0: the whole server; virtual_account 0: the whole
 * account. */
bool api_may(struct req *r, int64_t account, int64_t virtual_account);

/* The same for another right than that of the route: what an answer has beyond what the route is for. */
bool api_may_also(struct req *r, enum right right, int64_t account, int64_t virtual_account);

/* An account that a query or a body names; the caller must have the route's right in some part of it. E_FORBIDDEN, the
 * same whether or not there is one, unless he has it everywhere. */
int api_account_named(struct req *r, const char *name, struct account_row *out, struct err *e);

/* A virtual account that is the target of a change, by name; the caller must have the route's right there too. */
int api_target(struct req *r, const struct account_row *account, const char *name, struct virtual_account_row *out,
	       struct err *e);

/* The virtual accounts of an account in which the caller may do what the route does. */
int api_all_virtual_accounts(struct req *r, const struct account_row *account, struct virtual_account_row **out, size_t *n,
			     struct err *e);

/* Of those the ones that the body's `virtualAccounts` names; all without it. */
int api_virtual_accounts(struct req *r, const struct account_row *account, struct virtual_account_row **out, size_t *n,
			 struct err *e);

/* `limit` (-1 = all) and `offset` of the body. */
struct api_page {
	int64_t limit, offset;
};
int api_page(struct req *r, struct api_page *out, struct err *e);

/* A list of what the virtual accounts have that the body names: `add` appends what one has. */
typedef int (*api_place_fn)(struct req *r, const struct virtual_account_row *va, json_t *list, struct err *e);
struct reply *api_places(struct req *r, const char *name, api_place_fn add);

/* Does one element of a list of operations: fills result with its identifying members. */
typedef int (*api_each_fn)(struct req *r, const json_t *item, json_t *result, void *ctx, struct err *e);

/* "Status each": a list of operations, one by one, each undone alone when it fails, or all together when the body says
 * "atomic":true. The answer has results[], under other_name too unless that is NULL, and SUCCESS, PARTIAL or ERROR. */
struct reply *api_each(struct req *r, const json_t *list, const char *other_name, api_each_fn fn, void *ctx);

struct alert;
/* Does the caller see it, and may he do with it what the route does? Everybody in an account sees
 * what concerns all of it. */
bool api_sees_alert(struct req *r, const struct alert *a);
/* A move of licenses as every list shows it (api_move.c). */
int api_move(struct req *r, const struct move_row *row, json_t **out, struct err *e);
/* A lot as licenseDetails[] has it (api_license.c). */
json_t *api_lot(const struct lot_row *lot, int64_t now);

/* What /sync/status says of the way over the network, set in an object (api_connection.c). */
int api_connection_status(struct req *r, const struct account_row *account, json_t *v, struct err *e);

/* A name as one segment of a URL (RFC 3986 section 2.1). From the arena. */
const char *api_percent(struct arena *a, const char *name);

/* A member that is true or false; false, or what *out is, without it. */
int api_flag(const json_t *body, const char *name, bool *out, struct err *e);

/* A time as REST clients give it: `2026-12-31`, or RFC 3339 `2026-12-31T00:00:00Z`; 0 stays if text is NULL. */
int api_time(const char *text, const char *field, int64_t *out, struct err *e);

#endif
