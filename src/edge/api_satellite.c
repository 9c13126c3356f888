/* api_satellite.c - the cloud manager's satellites: files that they send, codes to register with, what is known. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "authority/answer.h"
#include "authority/code.h"
#include "authority/delegate.h"
#include "crypt/cert.h"
#include "edge/api.h"
#include "edge/rate.h"
#include "edge/remote.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "sync/bundle.h"

#define FILE_TYPE "application/gzip"
#define REGISTER_PER_MINUTE 30 /* from one address */
#define PLACES_SHOWN 200       /* local virtual accounts */
#define ANSWERS_SHOWN 20
#define CODES_SHOWN 1000

/* ---- registration files ---- */

static void drop_request(void *state)
{
	delegate_request_fini(state);
}

static struct reply *authorize_read(struct req *r)
{
	struct delegate_request *in = arena_alloc(r->tx.arena, sizeof(*in));
	struct err e = ERR_INIT;

	r->state = in;
	r->drop = drop_request;
	return delegate_read(&r->tx, r->body, r->body_n, in, &e) ? reply_error(r, &e) : NULL;
}

static struct reply *authorize_write(struct req *r)
{
	struct buf answer = BUF_INIT;
	struct err e = ERR_INIT;

	if (delegate_authorize(&r->tx, r->state, &answer, &e)) {
		buf_fini(&answer);
		return reply_error(r, &e);
	}
	return reply_bytes(r, 200, "application/gzip", &answer);
}

static struct reply *check_registration(struct req *r)
{
	struct delegate_request in;
	struct delegate_known known;
	struct err e = ERR_INIT;
	json_t *v;
	int rc;

	if (delegate_read(&r->tx, r->body, r->body_n, &in, &e))
		return reply_error(r, &e);
	rc = delegate_known(&r->tx, &in, &known, &e);
	delegate_request_fini(&in);
	if (rc)
		return reply_error(r, &e);
	v = json_object();
	json_set_text(v, "satellite", in.manifest.satellite);
	json_set_text(v, "satelliteAccount", in.manifest.account);
	json_set_time(v, "answeredAt", known.answered_at);
	json_set_int(v, "ordersSince", known.orders_since);
	json_set_bool(v, "first", known.first);
	return api_ok(r, v);
}

static struct reply *list_satellites(struct req *r)
{
	json_t *list;
	struct satellite_row *rows;
	struct err e = ERR_INIT;
	size_t n;

	if (q_satellite_list(r->tx.db, r->tx.arena, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *one = json_object();

		json_set_text(one, "name", rows[i].name);
		json_set_text(one, "uuid", rows[i].uuid);
		json_set_text(one, "account", rows[i].account);
		json_set_text(one, "virtualAccount", rows[i].virtual_account);
		json_set_text(one, "state", rows[i].status);
		json_set_time(one, "authorizedAt", rows[i].authorized_at);
		json_set_text(one, "authorizedBy", rows[i].authorized_by);
		json_set_time(one, "authorityValidUntil", rows[i].authority_valid_until);
		json_set_time(one, "lastSyncAt", rows[i].last_sync_at);
		json_set_int(one, "sequence", rows[i].sequence);
		json_set_int(one, "productInstances", rows[i].instances);
		json_array_append_new(list, one);
	}
	return api_list(r, 0, &e, "satellites", list);
}

static struct reply *remove_satellite(struct req *r)
{
	struct err e = ERR_INIT;

	if (delegate_remove(&r->tx, r->param[0], &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

/* ---- requests ---- */

static void header_int(struct reply *p, const char *name, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, v);
	reply_header(p, name, text);
}

/* Nobody has signed in: only a file that a satellite signed may fill the disk, and only as far as it says. */
static struct reply *answer_early(struct req *r)
{
	struct err e = ERR_INIT;
	int64_t max;

	_Static_assert(EARLY_BYTES >= BUNDLE_HEAD_BYTES, "what is judged early must hold the signature");
	if (answer_judge(&r->tx, r->body_fd, &max, &e))
		return reply_error(r, &e);
	if ((uint64_t)max < r->body_max)
		r->body_max = (size_t)max;
	return NULL;
}

/* By hand and over the network: the same file, the same answer. */
static struct reply *answer_file(struct req *r)
{
	struct err e = ERR_INIT;
	struct answer a;
	struct reply *p;

	if (answer_request(r->work, r->body_fd, &a, &e))
		return reply_error(r, &e);
	p = reply_file(r, 200, FILE_TYPE, a.fd, (uint64_t)a.bytes);
	reply_header(p, "X-Sync-Kind", manifest_kind_name(a.kind));
	reply_header(p, "X-Sync-Mode", manifest_mode_name(a.mode));
	reply_header(p, "X-Sync-Again", a.again ? "yes" : "no");
	header_int(p, "X-Sync-Sequence", a.sequence);
	header_int(p, "X-Sync-Records", a.records);
	reply_header(p, "X-Sync-Satellite", api_percent(r->tx.arena, a.satellite));
	reply_header(p, "X-Sync-Account", api_percent(r->tx.arena, a.satellite_account));
	return p;
}

/* ---- registration over the network ---- */

struct registering {
	const char *code;
	struct delegate_request request;
};

static void drop_registering(void *state)
{
	struct registering *g = state;

	delegate_request_fini(&g->request);
}

/* The code comes first: nobody without one makes us read his file. */
static struct reply *register_read(struct req *r)
{
	struct registering *g = arena_alloc(r->tx.arena, sizeof(*g));
	const char *bearer = req_header(r, "Authorization");
	struct err e = ERR_INIT;

	r->state = g;
	r->drop = drop_registering;
	if (!rate_allow("register", r->actor.address, REGISTER_PER_MINUTE)) {
		err_set(&e, E_RATE_LIMITED, NULL);
		return reply_error(r, &e);
	}
	g->code = bearer && strncasecmp(bearer, "Bearer ", 7) == 0 ? bearer + 7 + strspn(bearer + 7, " ") : "";
	if (code_check(&r->tx, g->code, &e) || delegate_read(&r->tx, r->body, r->body_n, &g->request, &e))
		return reply_error(r, &e);
	return NULL;
}

static struct reply *register_write(struct req *r)
{
	struct registering *g = r->state;
	struct buf answer = BUF_INIT;
	struct err e = ERR_INIT;

	if (code_register(&r->tx, g->code, &g->request, &answer, &e)) {
		buf_fini(&answer);
		return reply_error(r, &e);
	}
	return reply_bytes(r, 200, FILE_TYPE, &answer);
}

static int code_json(struct req *r, const struct code_row *row, json_t **out, struct err *e)
{
	struct virtual_account_row va;
	json_t *v;

	if (q_virtual_account_by_id(r->tx.db, r->tx.arena, row->virtual_account_id, &va, e) != 1)
		return -1;
	v = json_object();
	json_set_text(v, "id", row->uuid);
	json_set_text(v, "virtualAccount", va.name);
	json_set_text(v, "state", code_state(&r->tx, row));
	json_set_time(v, "createdDate", row->created_at);
	json_set_text(v, "createdBy", row->created_by);
	json_set_time(v, "expiresDate", row->expires_at);
	json_set_time(v, "usedDate", row->used_at);
	json_set_text(v, "usedBy", row->used_by);
	json_set_time(v, "revokedDate", row->revoked_at);
	json_set_text(v, "revokedBy", row->revoked_by);
	*out = v;
	return 0;
}

static struct reply *create_code(struct req *r)
{
	struct virtual_account_row va;
	struct account_row account;
	struct err e = ERR_INIT;
	struct code_row row;
	char code[CODE_SIZE];
	json_t *v, *one;

	if (api_virtual_account(r, &account, &va, &e) || code_create(&r->tx, &account, &va, code, &row, &e) ||
	    code_json(r, &row, &one, &e))
		return reply_error(r, &e);
	json_set_text(one, "code", code);
	v = json_object();
	json_object_set_new(v, "registrationCode", one);
	return api_ok(r, v);
}

static struct reply *list_codes(struct req *r)
{
	struct account_row account;
	struct err e = ERR_INIT;
	struct code_row *rows;
	json_t *list, *one;
	size_t n;
	int rc = 0;

	if (api_account(r, &account, &e) || q_code_list(r->tx.db, r->tx.arena, account.id, CODES_SHOWN, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = code_json(r, &rows[i], &one, &e);
		if (rc == 0)
			json_array_append_new(list, one);
	}
	return api_list(r, rc, &e, "registrationCodes", list);
}

static struct reply *revoke_code(struct req *r)
{
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_account(r, &account, &e) || code_revoke(&r->tx, &account, r->param[1], &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

/* ---- what is known of a satellite ---- */

static int add_places(struct req *r, int64_t va, json_t *v, struct err *e)
{
	struct remote_place_row *rows;
	json_t *list;
	size_t n;

	if (q_remote_place_list(r->tx.db, r->tx.arena, va, "", PLACES_SHOWN, &rows, &n, e))
		return -1;
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *one = json_object();

		json_set_text(one, "name", rows[i].name);
		json_set_text(one, "description", rows[i].description);
		json_set_bool(one, "isDefault", rows[i].is_default);
		json_array_append_new(list, one);
	}
	json_object_set_new(v, "localVirtualAccounts", list);
	return 0;
}

static int add_open_moves(struct req *r, int64_t va, json_t *v, struct err *e)
{
	json_t *list = json_array(), *one;
	struct move_row *rows;
	size_t n;

	json_object_set_new(v, "moves", list);
	if (q_move_open(r->tx.db, r->tx.arena, va, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (api_move(r, &rows[i], &one, e))
			return -1;
		json_array_append_new(list, one);
	}
	return 0;
}

static int add_removals(struct req *r, int64_t va, json_t *v, struct err *e)
{
	struct removal_row *rows;
	json_t *list;
	size_t n;

	if (q_removal_list(r->tx.db, r->tx.arena, va, &rows, &n, e))
		return -1;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, remote_removal(&rows[i]));
	json_object_set_new(v, "removals", list);
	return 0;
}

static int add_answers(struct req *r, int64_t va, json_t *v, struct err *e)
{
	struct sync_answer_row *rows;
	json_t *list;
	size_t n;

	if (q_sync_answer_list(r->tx.db, r->tx.arena, va, ANSWERS_SHOWN, &rows, &n, e))
		return -1;
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *one = json_object();

		json_set_int(one, "sequence", rows[i].sequence);
		json_set_text(one, "kind", rows[i].kind);
		json_set_time(one, "receivedAt", rows[i].received_at);
		json_set_time(one, "answeredAt", rows[i].answered_at);
		json_set_bool(one, "kept", rows[i].answer_n > 0);
		json_set_int(one, "bytes", (int64_t)rows[i].answer_n);
		json_array_append_new(list, one);
	}
	json_object_set_new(v, "answers", list);
	return 0;
}

static void add_state(json_t *v, const struct remote_state_row *s)
{
	json_set_time(v, "lastSyncAt", s->received_at);
	json_set_int(v, "sequence", s->sequence);
	json_set_text(v, "mode", s->mode);
	json_set_time(v, "requestCreatedAt", s->created_at);
	json_set_time(v, "fullSyncAt", s->full_at);
	json_set_int(v, "fullSyncSequence", s->full_sequence);
	json_set_int(v, "localVirtualAccountCount", s->virtual_accounts);
	json_set_int(v, "productInstances", s->instances);
	json_set_int(v, "reservations", s->reservations);
}

static int served_json(struct req *r, const struct served_row *row, json_t *list, struct err *e)
{
	struct remote_state_row state = { 0 };
	struct virtual_account_row va;
	struct account_row account;
	json_t *v = json_object();

	json_array_append_new(list, v);
	if (q_virtual_account_by_id(r->tx.db, r->tx.arena, row->virtual_account_id, &va, e) != 1 ||
	    q_account_by_id(r->tx.db, r->tx.arena, va.account_id, &account, e) != 1 ||
	    q_remote_state_get(r->tx.db, r->tx.arena, va.id, &state, e) < 0)
		return -1;
	json_set_text(v, "account", account.name);
	json_set_text(v, "virtualAccount", va.name);
	json_set_text(v, "satelliteAccount", row->satellite_account);
	json_set_time(v, "authorizedAt", row->authorized_at);
	json_set_time(v, "authorityValidUntil", row->authority_valid_until);
	json_set_time(v, "firstSeenAt", row->synced_at);
	add_state(v, &state);
	return add_places(r, va.id, v, e) || add_open_moves(r, va.id, v, e) || add_removals(r, va.id, v, e) ||
			       add_answers(r, va.id, v, e)
		     ? -1
		     : 0;
}

static int find_satellite(struct req *r, struct satellite_row *out, struct err *e)
{
	int rc = q_satellite_by_uuid(r->tx.db, r->tx.arena, r->param[0], out, e);

	if (rc == 0)
		return err_set(e, E_SATELLITE_UNKNOWN, "There is no satellite '%.64s' here.", r->param[0]);
	return rc < 0 ? -1 : 0;
}

static json_t *satellite_json(const struct satellite_row *s)
{
	struct cert *sub_ca = NULL;
	json_t *v = json_object();
	struct err ignored;

	json_set_text(v, "name", s->name);
	json_set_text(v, "uuid", s->uuid);
	json_set_text(v, "state", s->status);
	json_set_time(v, "authorizedAt", s->authorized_at);
	json_set_text(v, "authorizedBy", s->authorized_by);
	json_set_time(v, "removedAt", s->removed_at);
	json_set_text(v, "removedBy", s->removed_by);
	if (cert_read_der(s->sub_ca, s->sub_ca_n, &sub_ca, &ignored) == 0)
		json_set_time(v, "certificateValidUntil", cert_not_after(sub_ca));
	cert_free(sub_ca);
	return v;
}

static struct reply *show_satellite(struct req *r)
{
	struct satellite_row satellite;
	struct served_row *rows;
	struct err e = ERR_INIT;
	json_t *v, *one, *list;
	size_t n;

	if (find_satellite(r, &satellite, &e) || q_remote_served(r->tx.db, r->tx.arena, satellite.id, &rows, &n, &e))
		return reply_error(r, &e);
	v = json_object();
	one = satellite_json(&satellite);
	list = json_array();
	json_object_set_new(v, "satellite", one);
	json_object_set_new(one, "virtualAccounts", list);
	for (size_t i = 0; i < n; i++)
		if (served_json(r, &rows[i], list, &e)) {
			json_decref(v);
			return reply_error(r, &e);
		}
	return api_ok(r, v);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define NETWORK (DOOR_PRODUCT | DOOR_ADMIN)

const struct route satellite_routes[] = {
	{ "POST", "/api/v1/satellites/authorize", DOORS, RIGHT_SATELLITE_WRITE, OF_SERVER, BODY_RAW, DELEGATE_FILE_MAX,
	  authorize_read, authorize_write, NULL, NULL },
	{ "POST", "/api/v1/satellites/authorize/check", DOORS, RIGHT_SATELLITE_WRITE, OF_SERVER, BODY_RAW,
	  DELEGATE_FILE_MAX, check_registration, NULL, NULL, NULL },
	{ "POST", "/api/v1/satellites/answer", DOORS, RIGHT_SATELLITE_ANSWER, OF_SERVER, BODY_FILE, ANSWER_FILE_MAX, NULL,
	  NULL, NULL, answer_file },
	{ "GET", "/api/v1/satellites", DOORS, RIGHT_SATELLITE_READ, OF_SERVER, BODY_NONE, 0, list_satellites, NULL, NULL,
	  NULL },
	{ "GET", "/api/v1/satellites/{uuid}", DOORS, RIGHT_SATELLITE_READ, OF_SERVER, BODY_NONE, 0, show_satellite, NULL,
	  NULL, NULL },
	{ "POST", "/api/v1/satellites/{uuid}/remove", DOORS, RIGHT_SATELLITE_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX,
	  NULL, remove_satellite, NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/virtual-accounts/{va}/registration-codes", DOORS, RIGHT_CODE_WRITE, OF_PLACE,
	  BODY_JSON, API_BODY_MAX, NULL, create_code, NULL, NULL },
	{ "GET", "/api/v1/accounts/{account}/registration-codes", DOORS, RIGHT_CODE_READ, OF_ACCOUNT, BODY_NONE, 0,
	  list_codes, NULL, NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/registration-codes/{id}/revoke", DOORS, RIGHT_CODE_WRITE, OF_ACCOUNT,
	  BODY_JSON, API_BODY_MAX, NULL, revoke_code, NULL, NULL },
	{ "POST", "/sync/v1/exchange", NETWORK, RIGHT_OPEN, OF_SERVER, BODY_FILE, ANSWER_FILE_MAX, NULL, NULL, NULL,
	  answer_file, answer_early },
	{ "POST", "/sync/v1/register", NETWORK, RIGHT_OPEN, OF_SERVER, BODY_RAW, DELEGATE_FILE_MAX, register_read,
	  register_write, NULL, NULL },
	{ 0 },
};
