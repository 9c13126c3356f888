#include "lic/reservation.h"

#include <inttypes.h>
#include <string.h>

#include "base/rand.h"
#include "base/str.h"
#include "crypt/slr.h"
#include "json/json.h"
#include "lic/access.h"
#include "lic/event.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/reservation_plan.h"
#include "lic/site.h"

/* ---- codes ---- */

static bool same_entry(const struct slr_entitlement *a, const struct slr_entitlement *b)
{
	return strcmp(a->tag, b->tag) == 0 && a->start_at == b->start_at && a->end_at == b->end_at &&
	       strcmp(a->license_type, b->license_type) == 0 && strcmp(a->subscription_id, b->subscription_id) == 0 &&
	       a->count + b->count <= SLR_COUNT_MAX;
}

static struct slr_entitlement entry_of(const struct reservation_line *line)
{
	int64_t start = line->start_at / SECOND_MS * SECOND_MS, end = line->end_at / SECOND_MS * SECOND_MS;
	bool perpetual = line->end_at == 0;

	if (!perpetual && end <= start) /* codes have whole seconds, and what ends must have begun */
		end = start + SECOND_MS;
	return (struct slr_entitlement){ .tag = line->tag,
					 .count = line->wanted,
					 .start_at = perpetual ? 0 : start,
					 .end_at = end,
					 .license_type = line->license_type,
					 .display_name = line->display_name,
					 .description = line->description,
					 .subscription_id = line->subscription_id };
}

/* The wanted set as a code has it: lots that the product cannot tell apart are one entry. */
static int list_entries(struct tx *tx, int64_t reservation, struct slr_code *c, struct err *e)
{
	struct slr_entitlement *list;
	struct reservation_line *lines;
	size_t n;

	if (q_reservation_lines(tx->db, tx->arena, reservation, &lines, &n, e))
		return -1;
	c->entitlements = list = arena_alloc(tx->arena, (n + 1) * sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		struct slr_entitlement entry = entry_of(&lines[i]);

		if (lines[i].wanted == 0)
			continue;
		if (c->n && same_entry(&list[c->n - 1], &entry))
			list[c->n - 1].count += entry.count;
		else
			list[c->n++] = entry;
	}
	return 0;
}

static int sign(struct tx *tx, struct slr_code *c, struct err *e)
{
	struct identity *by = site_identity(tx->site);
	bool manager = tx->site->role == SITE_MANAGER;
	int rc;

	if (by == NULL)
		return err_set(e, E_NOT_READY, NULL);
	/* The manager's signer is issued by the root itself. */
	rc = slr_sign(c, by->signer, by->signer_key, &by->ca, manager ? 0 : 1, tx->now, tx->arena, e);
	identity_put(by);
	return rc;
}

/* Issues a code for the wanted set, newer than all that the product ever got. */
static int issue(struct tx *tx, struct reservation_row *row, const char **code, struct err *e)
{
	struct slr_code c = { .piid = row->uuid,
			      .udi = { row->udi.pid, row->udi.serial, reservation_uuid_text(tx->arena, row->udi.uuid) } };
	char confirmation[SLR_CONFIRMATION_SIZE], back[SLR_RETURN_SIZE];
	struct reservation_code stored;
	AUTO_BUF text = BUF_INIT;
	int64_t last;

	if (q_reservation_last_issued(tx->db, &row->udi, &last, e))
		return -1;
	c.timestamp = tx->now > last ? tx->now : last + 1;
	if (list_entries(tx, row->id, &c, e) || sign(tx, &c, e))
		return -1;
	slr_write(&c, &text);
	*code = arena_dup(tx->arena, text.data, text.n);
	row->issued_at = c.timestamp;
	stored = (struct reservation_code){ .reservation_id = row->id,
					    .issued_at = c.timestamp,
					    .issued_by = tx->actor->name,
					    .code = *code,
					    .confirmation = slr_confirmation(&c, confirmation),
					    .return_code = slr_return(&c, back) };
	return q_reservation_code_add(tx->db, &stored, e);
}

/* ---- events ---- */

/* How many of each kind: in the newest code, and blocked. */
static int add_counts(struct tx *tx, int64_t reservation, json_t *detail, struct err *e)
{
	json_t *wanted = json_object(), *blocked = json_object();
	struct reservation_line *lines;
	size_t n;
	int rc = q_reservation_lines(tx->db, tx->arena, reservation, &lines, &n, e);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *tag = lines[i].tag;

		json_set_int(wanted, tag, json_integer_value(json_object_get(wanted, tag)) + lines[i].wanted);
		json_set_int(blocked, tag, json_integer_value(json_object_get(blocked, tag)) + lines[i].blocked);
	}
	json_object_set_new(detail, "licenses", wanted);
	json_object_set_new(detail, "blocked", blocked);
	return rc;
}

static int note(struct tx *tx, const char *kind, const struct account_row *account, const struct virtual_account_row *va,
		const struct reservation_row *row, struct err *e)
{
	json_t *detail = json_object();

	json_set_text(detail, "reservation", row->uuid);
	json_set_text(detail, "virtualAccount", va->name);
	json_set_text(detail, "state", row->state);
	if (row->issued_at)
		json_set_time(detail, "issuedDate", row->issued_at);
	if (add_counts(tx, row->id, detail, e)) {
		json_decref(detail);
		return -1;
	}
	return event_add(tx, kind, account->name, reservation_udi_text(tx->arena, &row->udi), detail, e);
}

/* ---- making ---- */

static int check_place(struct tx *tx, int64_t virtual_account, struct account_row *account, struct virtual_account_row *va,
		       struct err *e)
{
	if (instance_account_check(tx, virtual_account, true, account, va, e) || wall_check(&tx->site->wall, e))
		return -1;
	if (!account->reservation_permitted)
		return err_set(
			e, E_RESERVATION_NOT_PERMITTED, "The account '%s' is not permitted to reserve licenses. %s",
			account->name,
			tx->site->role == SITE_MANAGER
				? "Permit it: satellitectl account permit-reservation."
				: "It is permitted at the cloud manager; this satellite learns it by synchronizing.");
	return 0;
}

static int refuse_registered(struct tx *tx, const struct udi *udi, struct err *e)
{
	char since[CLOCK_TEXT_SIZE];
	struct virtual_account_row va;
	struct instance_row instance;
	int64_t id;
	int rc = q_reservation_registered(tx->db, udi, tx->now, &id, e);

	if (rc != 1)
		return rc;
	if (q_instance_by_id(tx->db, tx->arena, id, &instance, e) != 1 ||
	    q_virtual_account_by_id(tx->db, tx->arena, instance.virtual_account_id, &va, e) != 1)
		return -1;
	return err_set(e, E_ALREADY_REGISTERED,
		       "%s, SN %s is registered %s since %s. Deregister it on the product (license smart deregister), or "
		       "remove it here; then reserve.",
		       udi->pid, udi->serial, access_place(tx, va.account_id, va.id, va.name),
		       clock_text(instance.registered_at, since));
}

/* A request code with a nonce is good for one reservation. */
static int refuse_used(struct tx *tx, const struct udi *udi, const char *nonce, struct err *e)
{
	char when[CLOCK_TEXT_SIZE];
	struct reservation_row row;
	int rc;

	if (*nonce == '\0')
		return 0;
	rc = q_reservation_by_nonce(tx->db, tx->arena, udi, nonce, &row, e);
	if (rc == 1)
		return err_field(e, E_CODE_USED, "reservationCode",
				 "This request code was used on %s already. Make a new one on the product (license smart "
				 "reservation request).",
				 clock_text(row.created_at, when));
	return rc;
}

/* The product's present reservation, if it is one that can go on here: 1, 0 none, -1. */
static int find_draft(struct tx *tx, const struct virtual_account_row *va, const struct udi *udi,
		      struct reservation_row *out, struct err *e)
{
	struct virtual_account_row other;
	const char *where;
	int rc = q_reservation_live(tx->db, tx->arena, udi, out, e);

	if (rc != 1)
		return rc;
	if (q_virtual_account_by_id(tx->db, tx->arena, out->virtual_account_id, &other, e) != 1)
		return -1;
	if (strcmp(out->state, RESERVATION_IN_PROGRESS) == 0 && other.id == va->id)
		return 1;
	where = access_place(tx, other.account_id, other.id, other.name);
	if (out->issued_at == 0)
		return err_set(e, E_RESERVATION_IN_USE,
			       "A reservation for %s, SN %s was begun %s. Go on there, or cancel that first (reservation "
			       "cancel).",
			       udi->pid, udi->serial, where);
	return err_set(e, E_RESERVATION_IN_USE,
		       "%s, SN %s has a reservation %s already (%s). Update that (reservation update), or return it "
		       "first.",
		       udi->pid, udi->serial, where, reservation_words(out));
}

/* A new reservation, or the one that was begun with this request. */
static int begin(struct tx *tx, const struct virtual_account_row *va, const char *text, struct reservation_row *out,
		 bool *is_new, struct err *e)
{
	struct slr_request request;
	struct product_kind kind;
	char uuid[UUID_SIZE], plain[33] = "";
	struct udi udi;
	int rc;

	if (slr_request_read(text, strlen(text), tx->arena, &request, e))
		return -1;
	if (*request.udi.uuid)
		str_uuid_plain(plain, request.udi.uuid);
	catalogue_product(request.udi.pid, &kind);
	udi = (struct udi){ .pid = request.udi.pid,
			    .serial = request.udi.serial,
			    .uuid = arena_strdup(tx->arena, plain),
			    .software_tag = kind.software_tag };
	rc = find_draft(tx, va, &udi, out, e);
	*is_new = rc == 0;
	if (rc)
		return rc < 0 ? -1 : 0;
	if (refuse_used(tx, &udi, request.nonce, e))
		return -1;
	*out = (struct reservation_row){ .uuid = arena_strdup(tx->arena, rand_uuid(uuid)),
					 .virtual_account_id = va->id,
					 .state = RESERVATION_IN_PROGRESS,
					 .udi = udi,
					 .nonce = request.nonce,
					 .created_at = tx->now,
					 .changed_at = tx->now,
					 .created_by = tx->actor->name,
					 .ended_by = "",
					 .reason = "" };
	return q_reservation_add(tx->db, out, e);
}

int reservation_create(struct tx *tx, const struct virtual_account_row *va, const char *request,
		       const struct reservation_wish *wishes, size_t n, struct reservation_row *out, const char **code,
		       struct err *e)
{
	struct virtual_account_row checked;
	struct account_row account;
	struct plan plan;
	bool is_new;

	*code = NULL;
	if (check_place(tx, va->id, &account, &checked, e) || begin(tx, va, request, out, &is_new, e) ||
	    refuse_registered(tx, &out->udi, e))
		return -1;
	if (n == 0)
		return is_new ? note(tx, "reservation.request", &account, va, out, e) : 0;
	if (reservation_plan(tx, &account, va, out, wishes, n, &plan, e) || reservation_plan_store(tx, out, &plan, e) ||
	    q_reservation_lines_settle(tx->db, out->id, e) || issue(tx, out, code, e))
		return -1;
	out->state = RESERVATION_RESERVED;
	out->changed_at = tx->now;
	out->held_at = out->issued_at;
	return q_reservation_set_state(tx->db, out, e) || note(tx, "reservation.create", &account, va, out, e) ? -1 : 0;
}

/* ---- changing ---- */

static int refuse_state(struct tx *tx, const struct reservation_row *row, const char *why, struct err *e)
{
	char since[CLOCK_TEXT_SIZE];

	return err_set(e, E_RESERVATION_STATE, "The reservation of %s has been %s since %s: %s.",
		       reservation_udi_text(tx->arena, &row->udi), reservation_words(row),
		       clock_text(row->changed_at, since), why);
}

static int transit(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
		   struct reservation_row *row, const char *kind, const char **code, struct err *e)
{
	if (issue(tx, row, code, e))
		return -1;
	row->state = RESERVATION_IN_TRANSIT;
	row->changed_at = tx->now;
	return q_reservation_set_state(tx->db, row, e) || note(tx, kind, account, va, row, e) ? -1 : 0;
}

int reservation_update(struct tx *tx, struct reservation_row *row, const struct reservation_wish *wishes, size_t n,
		       const char **code, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;
	struct plan plan;

	if (check_place(tx, row->virtual_account_id, &account, &va, e))
		return -1;
	if (strcmp(row->state, RESERVATION_IN_TRANSIT) == 0)
		return refuse_state(
			tx, row,
			"enter the confirmation code of the update before, or cancel it; one is on its way at a time", e);
	if (strcmp(row->state, RESERVATION_RESERVED) != 0)
		return refuse_state(tx, row,
				    row->ended_at ? "it has ended; make a new one"
						  : "no code was issued yet; choose its licenses with the request code",
				    e);
	if (n == 0)
		return err_field(e, E_INVALID_REQUEST, "licenses",
				 "Name the licenses that the product is to have afterwards, all of them. To give all back, "
				 "enter its return code.");
	if (reservation_plan(tx, &account, &va, row, wishes, n, &plan, e) || reservation_plan_store(tx, row, &plan, e))
		return -1;
	row->cancelling = false;
	return transit(tx, &account, &va, row, "reservation.update", code, e);
}

static int drop_draft(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
		      struct reservation_row *row, struct err *e)
{
	row->state = RESERVATION_CANCELLED;
	row->ended_at = row->changed_at = tx->now;
	row->ended_by = tx->actor->name;
	return q_reservation_end(tx->db, row, e) || note(tx, "reservation.cancel", account, va, row, e) ? -1 : 0;
}

int reservation_cancel(struct tx *tx, struct reservation_row *row, const char **code, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;

	*code = NULL;
	if (q_virtual_account_by_id(tx->db, tx->arena, row->virtual_account_id, &va, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, va.account_id, &account, e) != 1)
		return -1;
	if (strcmp(row->state, RESERVATION_IN_PROGRESS) == 0)
		return drop_draft(tx, &account, &va, row, e);
	if (strcmp(row->state, RESERVATION_IN_TRANSIT) != 0)
		return refuse_state(
			tx, row,
			row->ended_at ? "it has ended"
				      : "there is nothing to cancel; to give the licenses back, enter the return code",
			e);
	if (row->cancelling)
		return refuse_state(tx, row,
				    "it is cancelled already; install the newest code (reservation show) and enter its "
				    "confirmation code",
				    e);
	if (reservation_newest_only(row))
		return refuse_state(
			tx, row,
			"its older code was returned, so there is nothing to go back to; give the newest back on "
			"the product (license smart reservation return-authorization) and enter its return code",
			e);
	if (instance_account_check(tx, va.id, true, &account, &va, e) || wall_check(&tx->site->wall, e) ||
	    q_reservation_lines_undo(tx->db, row->id, e))
		return -1;
	row->cancelling = true;
	return transit(tx, &account, &va, row, "reservation.cancel", code, e);
}
