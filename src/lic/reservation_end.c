/* reservation_end.c - what a product answers: confirmation and return codes; and what ends a reservation without one. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "crypt/slr.h"
#include "json/json.h"
#include "lic/alert.h"
#include "lic/event.h"
#include "lic/reservation.h"

/* The code that a product's answer belongs to: of its own, or what is wrong with it. */
struct answer {
	const char *what;   /* `confirmation`, `return` */
	const char *option; /* the member it came in */
	struct reservation_code code;
};

static int of_another(struct tx *tx, const struct answer *a, const struct udi *udi, const struct reservation_code *found,
		      struct err *e)
{
	struct reservation_row other;
	char issued[CLOCK_TEXT_SIZE];

	if (q_reservation_by_id(tx->db, tx->arena, found->reservation_id, &other, e) != 1)
		return -1;
	if (other.ended_at && strcmp(other.udi.serial, udi->serial) == 0 && strcmp(other.udi.pid, udi->pid) == 0)
		return err_field(e, E_CODE_USED, a->option,
				 "This %s code belongs to a reservation of %s that has ended (%s on %s).", a->what,
				 reservation_udi_text(tx->arena, udi), other.state, clock_text(other.ended_at, issued));
	return err_field(e, E_CODE_WRONG_PRODUCT, a->option, "This %s code is from %s, not from %s.", a->what,
			 reservation_udi_text(tx->arena, &other.udi), reservation_udi_text(tx->arena, udi));
}

static int fits_nothing(struct tx *tx, const struct answer *a, const struct reservation_row *row, struct err *e)
{
	char issued[CLOCK_TEXT_SIZE];

	if (row->issued_at == 0)
		return err_field(
			e, E_RESERVATION_STATE, a->option,
			"No authorization code was issued for %s yet; there is nothing that this %s code could answer.",
			reservation_udi_text(tx->arena, &row->udi), a->what);
	return err_field(
		e, E_CODE_ALTERED, a->option,
		"This %s code answers no code that was issued for %s, the last on %s. Type it as the product printed "
		"it; upper and lower case matter in return codes.",
		a->what, reservation_udi_text(tx->arena, &row->udi), clock_text(row->issued_at, issued));
}

static const struct reservation_code *find_own(const struct reservation_code *codes, size_t n, const char *text, bool back)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(back ? codes[i].return_code : codes[i].confirmation, text) == 0)
			return &codes[i];
	return NULL;
}

/* The reservation's own code that text answers. */
static int match(struct tx *tx, struct answer *a, const struct reservation_row *row, const char *text, bool back,
		 struct err *e)
{
	struct reservation_code *codes, other;
	const struct reservation_code *own;
	size_t n;
	int rc;

	if (q_reservation_codes(tx->db, tx->arena, row->id, &codes, &n, e))
		return -1;
	own = find_own(codes, n, text, back);
	if (own) {
		a->code = *own;
		return 0;
	}
	rc = back ? q_reservation_code_by_return(tx->db, tx->arena, text, &other, e)
		  : q_reservation_code_by_confirmation(tx->db, tx->arena, text, &other, e);
	if (rc < 0)
		return -1;
	return rc == 1 ? of_another(tx, a, &row->udi, &other, e) : fits_nothing(tx, a, row, e);
}

struct place {
	struct virtual_account_row va;
	struct account_row account;
};

static int place_of(struct tx *tx, const struct reservation_row *row, struct place *out, struct err *e)
{
	return q_virtual_account_by_id(tx->db, tx->arena, row->virtual_account_id, &out->va, e) != 1 ||
			       q_account_by_id(tx->db, tx->arena, out->va.account_id, &out->account, e) != 1
		     ? -1
		     : 0;
}

static int note(struct tx *tx, const char *kind, const struct reservation_row *row, json_t *detail, struct err *e)
{
	struct place at;

	if (place_of(tx, row, &at, e)) {
		json_decref(detail);
		return -1;
	}
	json_set_text(detail, "reservation", row->uuid);
	json_set_text(detail, "virtualAccount", at.va.name);
	json_set_text(detail, "state", row->state);
	return event_add(tx, kind, at.account.name, reservation_udi_text(tx->arena, &row->udi), detail, e);
}

/* ---- confirmation ---- */

static int check_confirmation(struct tx *tx, const struct reservation_row *row, const struct answer *a, struct err *e)
{
	char issued[CLOCK_TEXT_SIZE], newest[CLOCK_TEXT_SIZE];

	clock_text(a->code.issued_at, issued);
	if (a->code.issued_at != row->issued_at)
		return err_field(e, E_CODE_OLD, "confirmationCode",
				 "This confirms the code issued on %s; the newest is of %s. Install the newest on %s, and "
				 "enter the confirmation code that it prints then.",
				 issued, clock_text(row->issued_at, newest), reservation_udi_text(tx->arena, &row->udi));
	if (a->code.confirmed_at)
		return err_field(e, E_CODE_USED, "confirmationCode",
				 "The code issued on %s was confirmed on %s already. Nothing more is to be done.", issued,
				 clock_text(a->code.confirmed_at, newest));
	return 0;
}

int reservation_confirm(struct tx *tx, struct reservation_row *row, const char *code, struct err *e)
{
	struct answer a = { .what = "confirmation", .option = "confirmationCode" };
	char text[SLR_CONFIRMATION_SIZE];
	json_t *detail;

	if (slr_confirmation_read(code, strlen(code), text, e))
		return -1;
	if (row->ended_at)
		return err_set(e, E_RESERVATION_STATE, "The reservation of %s has ended (%s).",
			       reservation_udi_text(tx->arena, &row->udi), reservation_words(row));
	if (match(tx, &a, row, text, false, e) || check_confirmation(tx, row, &a, e) ||
	    q_reservation_lines_settle(tx->db, row->id, e) || q_reservation_code_confirmed(tx->db, a.code.id, tx->now, e))
		return -1;
	row->state = RESERVATION_RESERVED;
	row->changed_at = tx->now;
	row->held_at = row->issued_at;
	row->cancelling = false;
	if (q_reservation_set_state(tx->db, row, e))
		return -1;
	detail = json_object();
	json_set_time(detail, "issuedDate", row->issued_at);
	return note(tx, "reservation.confirm", row, detail, e);
}

/* ---- the end ---- */

/* What was blocked until now, for the event. *sum counts them. */
static int licenses_before(struct tx *tx, const struct reservation_row *row, json_t **detail, int64_t *sum, struct err *e)
{
	json_t *licenses = json_object();
	struct reservation_line *lines;
	size_t n;

	*sum = 0;
	if (q_reservation_lines(tx->db, tx->arena, row->id, &lines, &n, e)) {
		json_decref(licenses);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		*sum += lines[i].blocked;
		json_set_int(licenses, lines[i].tag,
			     json_integer_value(json_object_get(licenses, lines[i].tag)) + lines[i].blocked);
	}
	*detail = json_object();
	json_object_set_new(*detail, "licenses", licenses);
	return 0;
}

struct ending {
	const char *state, *reason, *event;
	enum alert_kind alert;
	const char *message; /* of the alert; NULL = none */
	json_t *detail;      /* of the event, taken over */
};

/* The event comes last: what it does to a pool is its doing. */
static int end(struct tx *tx, struct reservation_row *row, const struct ending *how, struct err *e)
{
	struct place at;

	row->state = how->state;
	row->changed_at = row->ended_at = tx->now;
	row->ended_by = tx->actor->name;
	row->reason = how->reason;
	if (place_of(tx, row, &at, e) || q_reservation_end(tx->db, row, e) ||
	    (how->message && alert_raise(tx, how->alert, &at.account, &at.va, row->uuid,
					 reservation_udi_text(tx->arena, &row->udi), how->message, e))) {
		json_decref(how->detail);
		return -1;
	}
	return note(tx, how->event, row, how->detail, e);
}

/* Nothing is reserved for this product: is it a code that was entered before? */
static int return_unknown(struct tx *tx, const struct answer *a, const struct udi *udi, const char *text, struct err *e)
{
	struct reservation_code found;
	int rc = q_reservation_code_by_return(tx->db, tx->arena, text, &found, e);

	if (rc < 0)
		return -1;
	if (rc == 1)
		return of_another(tx, a, udi, &found, e);
	return err_set(e, E_RESERVATION_UNKNOWN,
		       "The product %s has no reservation here, and never had one with this code.",
		       reservation_udi_text(tx->arena, udi));
}

/* ---- a return while an update is in transit ---- */

/* A code that the product no longer has: what it printed then is not the end of what is out now. The oldest that it may
 * have was confirmed, or the one before that was returned. */
static int refuse_old_return(struct tx *tx, const struct reservation_row *row, const struct answer *a, struct err *e)
{
	char issued[CLOCK_TEXT_SIZE], held[CLOCK_TEXT_SIZE];
	int64_t confirmed_at;

	if (reservation_confirmed_at(tx, row, &confirmed_at, e))
		return -1;
	clock_text(a->code.issued_at, issued);
	if (confirmed_at == 0)
		return err_field(
			e, E_CODE_USED, "returnCode",
			"The code issued on %s, or one after it, was returned already; what stays blocked for %s is "
			"for newer ones. %s",
			issued, reservation_udi_text(tx->arena, &row->udi), reservation_next_step(tx, row, false));
	return err_field(e, E_CODE_OLD, "returnCode",
			 "This returns the code issued on %s, but the product confirmed that of %s since. Run license "
			 "smart reservation return on the product, and enter what it prints.",
			 issued, clock_text(row->held_at, held));
}

/* The oldest code of those after the one that was returned. */
static int next_code(struct tx *tx, const struct reservation_row *row, int64_t returned, int64_t *out, struct err *e)
{
	struct reservation_code *codes;
	size_t n;

	*out = row->issued_at;
	if (q_reservation_codes(tx->db, tx->arena, row->id, &codes, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (codes[i].issued_at > returned && codes[i].issued_at < *out)
			*out = codes[i].issued_at;
	return 0;
}

/* The product gave back what it had, but can still install the codes that were issued since: their licenses stay
 * blocked. With the code before a cancelled update that is all that was blocked. */
static int return_older(struct tx *tx, struct reservation_row *row, const struct answer *a, struct err *e)
{
	json_t *before, *detail;
	int64_t was, is;

	if (next_code(tx, row, a->code.issued_at, &row->held_at, e) || licenses_before(tx, row, &before, &was, e))
		return -1;
	json_decref(before);
	row->changed_at = tx->now;
	if ((reservation_newest_only(row) && q_reservation_lines_newest(tx->db, row->id, e)) ||
	    q_reservation_set_state(tx->db, row, e) || licenses_before(tx, row, &detail, &is, e))
		return -1;
	json_object_set(detail, "blocked", json_object_get(detail, "licenses"));
	json_object_del(detail, "licenses");
	json_set_int(detail, "free", was - is);
	json_set_time(detail, "issuedDate", a->code.issued_at);
	return note(tx, "reservation.return-older", row, detail, e);
}

static int return_all(struct tx *tx, struct reservation_row *row, const struct answer *a, struct err *e)
{
	struct ending how = { .state = RESERVATION_RETURNED,
			      .reason = "",
			      .event = "reservation.return",
			      .alert = ALERT_RESERVATION_RETURNED };
	int64_t sum;

	if (licenses_before(tx, row, &how.detail, &sum, e))
		return -1;
	json_set_time(how.detail, "issuedDate", a->code.issued_at);
	how.message =
		arena_printf(tx->arena, "%s returned its reservation: %" PRId64 " %s free for other products.",
			     reservation_udi_text(tx->arena, &row->udi), sum, sum == 1 ? "license is" : "licenses are");
	return end(tx, row, &how, e);
}

int reservation_return(struct tx *tx, const struct udi *udi, const char *code, struct reservation_row *out, struct err *e)
{
	struct answer a = { .what = "return", .option = "returnCode" };
	char text[SLR_RETURN_SIZE];
	int rc;

	if (slr_return_read(code, strlen(code), text, e))
		return -1;
	rc = q_reservation_live(tx->db, tx->arena, udi, out, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return return_unknown(tx, &a, udi, text, e);
	if (match(tx, &a, out, text, true, e))
		return -1;
	if (a.code.issued_at < out->held_at)
		return refuse_old_return(tx, out, &a, e);
	return a.code.issued_at < out->issued_at ? return_older(tx, out, &a, e) : return_all(tx, out, &a, e);
}

/* Characters of UTF-8. */
static size_t length(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

int reservation_remove(struct tx *tx, struct reservation_row *row, const char *reason, struct err *e)
{
	struct ending how = { .state = RESERVATION_REMOVED,
			      .reason = reason,
			      .event = "reservation.remove",
			      .alert = ALERT_RESERVATION_REMOVED };
	int64_t sum;

	if (*reason == '\0' || length(reason) > RESERVATION_REASON_MAX || !str_utf8(reason, strlen(reason)))
		return err_field(e, E_INVALID_REQUEST, "reason",
				 "Say in 1 to %d characters why the product cannot return its licenses.",
				 RESERVATION_REASON_MAX);
	if (row->ended_at)
		return err_set(e, E_RESERVATION_STATE, "The reservation of %s has ended already (%s).",
			       reservation_udi_text(tx->arena, &row->udi), reservation_words(row));
	if (licenses_before(tx, row, &how.detail, &sum, e))
		return -1;
	json_set_text(how.detail, "reason", reason);
	if (row->issued_at)
		how.message = arena_printf(tx->arena,
					   "The reservation of %s was removed by %s without a return code: %" PRId64
					   " %s free. If that product still runs, they are used twice: take its code away. "
					   "Reason: %s",
					   reservation_udi_text(tx->arena, &row->udi), tx->actor->name, sum,
					   sum == 1 ? "license is" : "licenses are", reason);
	return end(tx, row, &how, e);
}
