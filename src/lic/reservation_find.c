#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "crypt/slr.h"
#include "lic/reservation.h"

#define NAME_TEXT_MAX 512

const char *reservation_uuid_text(struct arena *a, const char *uuid)
{
	return *uuid ? arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", uuid, uuid + 8, uuid + 12, uuid + 16, uuid + 20) : "";
}

const char *reservation_udi_text(struct arena *a, const struct udi *udi)
{
	const char *uuid = reservation_uuid_text(a, udi->uuid);

	return arena_printf(a, "P:%s,S:%s%s%s", udi->pid, udi->serial, *uuid ? ",U:" : "", uuid);
}

static int several(struct tx *tx, const struct reservation_row *rows, struct err *e)
{
	return err_set(e, E_RESERVATION_UNKNOWN,
		       "Several products with the serial number '%.128s' have reservations, as %s and %s. Name one like "
		       "this.",
		       rows[0].udi.serial, reservation_udi_text(tx->arena, &rows[0].udi),
		       reservation_udi_text(tx->arena, &rows[1].udi));
}

int reservation_by_udi(struct tx *tx, const struct udi *udi, struct reservation_row *out, struct err *e)
{
	struct reservation_row *rows;
	size_t n = 0;
	int rc;

	/* Without UUID it must not stand for one of two that differ by that alone. */
	if (*udi->uuid == '\0' && q_reservation_by_serial(tx->db, tx->arena, udi->serial, &rows, &n, e))
		return -1;
	if (n > 1 && strcmp(rows[0].udi.pid, udi->pid) == 0 && strcmp(rows[1].udi.pid, udi->pid) == 0)
		return several(tx, rows, e);
	rc = q_reservation_live(tx->db, tx->arena, udi, out, e);
	if (rc == 0)
		return err_set(e, E_RESERVATION_UNKNOWN, "The product %s has no reservation here.",
			       reservation_udi_text(tx->arena, udi));
	return rc < 0 ? -1 : 0;
}

/* `P:UCM,S:cc920` without a UUID, as a name: no request code, but enough of one. */
static bool read_short(const char *name, struct arena *a, struct udi *out)
{
	const char *serial = str_prefix(name, "P:") ? strstr(name, ",S:") : NULL;

	if (serial == NULL || strchr(serial + 1, ','))
		return false;
	*out = (struct udi){ .pid = arena_dup(a, name + 2, (size_t)(serial - name) - 2),
			     .serial = serial + 3,
			     .uuid = "",
			     .software_tag = "" };
	return true;
}

static int read_udi(struct arena *a, const char *name, struct udi *out, struct err *e)
{
	struct slr_request request;
	char plain[33] = "";

	if (read_short(name, a, out))
		return 0;
	if (slr_request_read(name, strlen(name), a, &request, e))
		return -1;
	if (*request.udi.uuid)
		str_uuid_plain(plain, request.udi.uuid);
	*out = (struct udi){
		.pid = request.udi.pid, .serial = request.udi.serial, .uuid = arena_strdup(a, plain), .software_tag = ""
	};
	return 0;
}

static int by_serial(struct tx *tx, const char *serial, struct reservation_row *out, struct err *e)
{
	struct reservation_row *rows;
	size_t n;

	if (q_reservation_by_serial(tx->db, tx->arena, serial, &rows, &n, e))
		return -1;
	if (n == 0)
		return err_set(e, E_RESERVATION_UNKNOWN,
			       "There is no reservation '%.128s' here. Name it by its identifier, or the product by its "
			       "request code or serial number.",
			       serial);
	if (n > 1)
		return several(tx, rows, e);
	*out = rows[0];
	return 0;
}

int reservation_find(struct tx *tx, const char *name, struct reservation_row *out, struct err *e)
{
	struct udi udi;
	char plain[33];
	int rc = 0;

	if (strlen(name) > NAME_TEXT_MAX)
		return err_set(e, E_RESERVATION_UNKNOWN, "There is no reservation of such a long name.");
	if (str_uuid_plain(plain, name) == 0)
		rc = q_reservation_by_uuid(tx->db, tx->arena, reservation_uuid_text(tx->arena, plain), out, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (strchr(name, ':'))
		return read_udi(tx->arena, name, &udi, e) || reservation_by_udi(tx, &udi, out, e) ? -1 : 0;
	return by_serial(tx, name, out, e);
}

int reservation_product(struct tx *tx, const char *name, struct udi *out, struct err *e)
{
	struct reservation_row row;

	if (strlen(name) <= NAME_TEXT_MAX && strchr(name, ':'))
		return read_udi(tx->arena, name, out, e);
	if (reservation_find(tx, name, &row, e))
		return -1;
	*out = row.udi;
	return 0;
}

int reservation_refuse_registration(struct tx *tx, const struct udi *udi, struct err *e)
{
	struct reservation_row row;
	int rc = q_reservation_live(tx->db, tx->arena, udi, &row, e);

	/* A request that no code was issued for holds nothing. */
	if (rc == 1 && row.issued_at)
		return err_set(e, E_RESERVATION_IN_USE,
			       "%s, SN %s holds a license reservation (%s). Return it on the product (license smart "
			       "reservation return) and enter the return code at the server, then register.",
			       udi->pid, udi->serial, row.state);
	return rc < 0 ? -1 : 0;
}

static int refuse_change(const struct reservation_row *row, struct err *e)
{
	return err_set(
		e, E_RESERVATION_IN_USE,
		"%s, SN %s holds a reservation and stays where it is until that is returned: enter the return code that "
		"it prints (reservation return). If the product is dead, remove the reservation with a reason "
		"(reservation remove).",
		row->udi.pid, row->udi.serial);
}

int reservation_refuse_change(struct tx *tx, const char *uuid, struct err *e)
{
	struct reservation_row row;
	int rc = q_reservation_by_uuid(tx->db, tx->arena, uuid, &row, e);

	if (rc == 1 && row.ended_at == 0)
		return refuse_change(&row, e);
	return rc < 0 ? -1 : 0;
}

int reservation_refuse_change_of(struct tx *tx, const struct udi *udi, struct err *e)
{
	struct reservation_row row;
	int rc = q_reservation_live(tx->db, tx->arena, udi, &row, e);

	return rc == 1 ? refuse_change(&row, e) : rc;
}

static const struct {
	const char *state, *status, *words;
} names[] = {
	{ RESERVATION_IN_PROGRESS, "Reservation In Progress", "in progress" },
	{ RESERVATION_RESERVED, "Reserved", "in force" },
	{ RESERVATION_IN_TRANSIT, "Reservation Update In Transit", "waiting for the confirmation of an update" },
	{ RESERVATION_RETURNED, "Reservation Returned", "returned" },
	{ RESERVATION_CANCELLED, "Reservation Cancelled", "cancelled" },
	{ RESERVATION_REMOVED, "Reservation Removed", "removed" },
};

const char *reservation_status(const struct reservation_row *row)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].state, row->state) == 0)
			return names[i].status;
	return row->state;
}

bool reservation_newest_only(const struct reservation_row *row)
{
	return row->issued_at && row->held_at == row->issued_at;
}

/* Of a code that is out, while an older one was returned: how it can come back. */
static const char *newest_step(struct tx *tx, const struct reservation_row *row)
{
	char issued[CLOCK_TEXT_SIZE];

	return arena_printf(tx->arena,
			    "The older code is returned; the newest, of %s, is still out and its licenses stay blocked. On "
			    "the product: give that back without installing it (license smart reservation "
			    "return-authorization), then here: enter its return code; or install it, then here: enter the "
			    "confirmation code.",
			    clock_text(row->issued_at, issued));
}

int reservation_confirmed_at(struct tx *tx, const struct reservation_row *row, int64_t *out, struct err *e)
{
	struct reservation_code *codes;
	size_t n;

	*out = 0;
	if (q_reservation_codes(tx->db, tx->arena, row->id, &codes, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (codes[i].issued_at == row->held_at)
			*out = codes[i].confirmed_at;
	return 0;
}

const char *reservation_words(const struct reservation_row *row)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].state, row->state) == 0)
			return names[i].words;
	return row->state;
}

const char *reservation_next_step(struct tx *tx, const struct reservation_row *row, bool confirmed)
{
	if (row->ended_at)
		return "Nothing: it has ended.";
	if (strcmp(row->state, RESERVATION_IN_PROGRESS) == 0)
		return "Here: choose the licenses; the authorization code is issued then.";
	if (strcmp(row->state, RESERVATION_IN_TRANSIT) == 0)
		return reservation_newest_only(row)
			     ? newest_step(tx, row)
			     : "On the product: install the newest code; then here: enter the confirmation code that it "
			       "prints.";
	if (confirmed)
		return "Nothing: the product holds the code. To give it back, on the product: license smart reservation "
		       "return; then here: enter the return code that it prints.";
	return "On the product: install the code; then here: enter the confirmation code that it prints. To give it back, "
	       "enter the product's return code here.";
}
