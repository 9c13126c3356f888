#include <string.h>

#include "crypt/digest.h"
#include "db/q.h"
#include "db/rows.h"

static void read_instance(struct rows *r, struct arena *a, void *out)
{
	struct instance_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->virtual_account_id = rows_int(r, 2);
	row->token_id = rows_int(r, 3);
	row->state = rows_keep_text(r, a, 4);
	row->udi.pid = rows_keep_text(r, a, 5);
	row->udi.serial = rows_keep_text(r, a, 6);
	row->udi.uuid = rows_keep_text(r, a, 7);
	row->udi.software_tag = rows_keep_text(r, a, 8);
	row->product_version = rows_keep_text(r, a, 9);
	row->hostname = rows_keep_text(r, a, 10);
	row->ip_address = rows_keep_text(r, a, 11);
	row->mac_address = rows_keep_text(r, a, 12);
	row->host_identifier = rows_keep_text(r, a, 13);
	row->suvi = rows_keep_text(r, a, 14);
	row->udi_vid = rows_keep_text(r, a, 15);
	row->export_allowed = rows_int(r, 16) != 0;
	row->registered_at = rows_int(r, 17);
	row->registration_expires_at = rows_int(r, 18);
	row->last_contact_at = rows_int(r, 19);
	row->authorized_at = rows_int(r, 20);
	row->authorization_expires_at = rows_int(r, 21);
	row->holding = rows_int(r, 22) != 0;
	row->holds_until = rows_int(r, 23);
	row->report_address = rows_keep_text(r, a, 24);
	row->report_digest = rows_int(r, 25);
	row->rival_at = rows_int(r, 26);
}

int q_instance_add(struct db *d, struct instance_row *row, struct err *e)
{
	if (db_exec(d, e, Q_INSTANCE_ADD, "sizsssssssssssiii", row->uuid, row->virtual_account_id, row->token_id,
		    row->udi.pid, row->udi.serial, row->udi.uuid, row->udi.software_tag, row->product_version,
		    row->hostname, row->ip_address, row->mac_address, row->host_identifier, row->suvi, row->udi_vid,
		    (int64_t)row->export_allowed, row->registered_at, row->registration_expires_at))
		return -1;
	row->id = db_last_id(d);
	return 0;
}

int q_instance_by_udi(struct db *d, struct arena *a, const struct udi *udi, struct instance_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_INSTANCE_BY_UDI, "ssss", udi->serial, udi->pid, udi->uuid, udi->software_tag), a,
			  read_instance, out, e);
}

int q_instance_by_id(struct db *d, struct arena *a, int64_t id, struct instance_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_INSTANCE_BY_ID, "i", id), a, read_instance, out, e);
}

int q_instance_by_uuid(struct db *d, struct arena *a, const char *uuid, struct instance_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_INSTANCE_BY_UUID, "s", uuid), a, read_instance, out, e);
}

int q_instance_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t after, int64_t limit,
		    struct instance_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_INSTANCE_LIST, "iii", virtual_account, after, limit), a, read_instance,
			sizeof(**out), out, n, e);
}

/* What sorts behind every text that begins with `beginning`. */
static const char *behind(struct arena *a, const char *beginning)
{
	return arena_printf(a, "%s\xf4\x8f\xbf\xbf", beginning);
}

/* In an order in which several may have the same text: the rest of those that have this one, then those behind it. */
static int list_behind(struct db *d, struct arena *a, enum query same, enum query next, int64_t virtual_account,
		       const char *text, int64_t id, const char *end, int64_t limit, struct instance_row **out, size_t *n,
		       struct err *e)
{
	struct instance_row *rest;
	size_t rest_n;

	if (rows_all(db_query(d, e, same, "isii", virtual_account, text, id, limit), a, read_instance, sizeof(**out), out,
		     n, e))
		return -1;
	if ((int64_t)*n == limit)
		return 0;
	if (rows_all(db_query(d, e, next, "issi", virtual_account, text, end, limit - (int64_t)*n), a, read_instance,
		     sizeof(*rest), &rest, &rest_n, e))
		return -1;
	*out = memcpy(arena_alloc(a, (*n + rest_n + 1) * sizeof(**out)), *out, *n * sizeof(**out));
	memcpy(*out + *n, rest, rest_n * sizeof(*rest));
	*n += rest_n;
	return 0;
}

int q_instance_list_by_name(struct db *d, struct arena *a, int64_t virtual_account, const char *beginning,
			    const char *after, int64_t id, int64_t limit, struct instance_row **out, size_t *n,
			    struct err *e)
{
	return list_behind(d, a, Q_INSTANCE_LIST_OF_NAME, Q_INSTANCE_LIST_BY_NAME, virtual_account, id ? after : beginning,
			   id, behind(a, beginning), limit, out, n, e);
}

int q_instance_list_by_serial(struct db *d, struct arena *a, int64_t virtual_account, const char *beginning,
			      const char *after, int64_t id, int64_t limit, struct instance_row **out, size_t *n,
			      struct err *e)
{
	return list_behind(d, a, Q_INSTANCE_LIST_OF_SERIAL, Q_INSTANCE_LIST_BY_SERIAL, virtual_account,
			   id ? after : beginning, id, behind(a, beginning), limit, out, n, e);
}

int q_instance_list_by_uuid(struct db *d, struct arena *a, int64_t virtual_account, const char *beginning,
			    const char *after, int64_t limit, struct instance_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_INSTANCE_LIST_BY_UUID, "issi", virtual_account,
				 *after ? arena_printf(a, "%s ", after) : beginning, behind(a, beginning), limit),
			a, read_instance, sizeof(**out), out, n, e);
}

int q_instance_list_by_use(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t use,
			   int64_t id, int64_t limit, struct instance_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_INSTANCE_LIST_BY_USE, "iiiii", virtual_account, entitlement, use, id, limit), a,
			read_instance, sizeof(**out), out, n, e);
}

int q_instance_next_use(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t *use, struct err *e)
{
	return db_value(d, e, use, Q_INSTANCE_NEXT_USE, "iii", virtual_account, entitlement, *use);
}

int q_instance_count(struct db *d, int64_t virtual_account, int64_t *count, struct err *e)
{
	return db_value(d, e, count, Q_INSTANCE_COUNT, "i", virtual_account) < 0 ? -1 : 0;
}

int q_instance_renewed(struct db *d, int64_t id, int64_t expires_at, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_INSTANCE_RENEWED, "iii", id, expires_at, now);
}

int q_instance_reregistered(struct db *d, const struct instance_row *row, struct err *e)
{
	return db_exec(d, e, Q_INSTANCE_REREGISTERED, "iizsssssssiiii", row->id, row->virtual_account_id, row->token_id,
		       row->product_version, row->hostname, row->ip_address, row->mac_address, row->host_identifier,
		       row->suvi, row->udi_vid, (int64_t)row->export_allowed, row->registered_at,
		       row->registration_expires_at, row->holds_until);
}

int q_instance_authorized(struct db *d, int64_t id, int64_t now, int64_t expires_at, int64_t holds_until, struct err *e)
{
	return db_exec(d, e, Q_INSTANCE_AUTHORIZED, "iiii", id, now, expires_at, holds_until);
}

int q_instance_end(struct db *d, int64_t id, const char *state, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_INSTANCE_END, "isi", id, state, now);
}

int q_instance_release(struct db *d, int64_t id, struct err *e)
{
	return db_exec(d, e, Q_INSTANCE_RELEASE, "i", id);
}

static void read_late(struct rows *r, struct arena *a, void *out)
{
	struct late_row *row = out;

	(void)a;
	row->virtual_account_id = rows_int(r, 0);
	row->count = rows_int(r, 1);
	row->oldest = rows_int(r, 2);
	row->newest = rows_int(r, 3);
}

int q_alert_late_count(struct db *d, struct arena *a, const struct late_range *in, struct late_row **out, size_t *n,
		       struct err *e)
{
	return rows_all(db_query(d, e, Q_ALERT_LATE_COUNT, "iii", in->after, in->until, in->holds_until), a, read_late,
			sizeof(**out), out, n, e);
}

int q_alert_late_list(struct db *d, struct arena *a, const struct late_range *in, int64_t most, struct instance_row **out,
		      size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_ALERT_LATE_LIST, "iiii", in->after, in->until, in->holds_until, most), a,
			read_instance, sizeof(**out), out, n, e);
}

static void read_id(struct rows *r, struct arena *a, void *out)
{
	(void)a;
	((struct id_row *)out)->id = rows_int(r, 0);
}

int q_instance_restricted(struct db *d, struct arena *a, int64_t account, bool permitted, struct id_row **out, size_t *n,
			  struct err *e)
{
	return rows_all(db_query(d, e, Q_INSTANCE_RESTRICTED, "ii", account, (int64_t)permitted), a, read_id, sizeof(**out),
			out, n, e);
}

int q_instance_reported(struct db *d, int64_t id, const char *address, int64_t digest, struct err *e)
{
	return db_exec(d, e, Q_INSTANCE_REPORTED, "isi", id, address, digest);
}

int q_instance_moved(struct db *d, int64_t id, int64_t virtual_account, struct err *e)
{
	return db_exec(d, e, Q_INSTANCE_MOVED, "ii", id, virtual_account);
}

static void read_duplicate(struct rows *r, struct arena *a, void *out)
{
	struct duplicate_row *row = out;

	row->other_address = rows_keep_text(r, a, 0);
	row->other_digest = rows_int(r, 1);
	row->other_at = rows_int(r, 2);
	row->returns = rows_int(r, 3);
	row->rival_address = rows_keep_text(r, a, 4);
	row->rival_sign = rows_keep_text(r, a, 5);
}

int q_duplicate_get(struct db *d, struct arena *a, int64_t instance, struct duplicate_row *out, struct err *e)
{
	*out = (struct duplicate_row){ 0 };
	return rows_first(db_query(d, e, Q_DUPLICATE_GET, "i", instance), a, read_duplicate, out, e);
}

int q_duplicate_other(struct db *d, int64_t instance, const struct duplicate_row *row, struct err *e)
{
	return db_exec(d, e, Q_DUPLICATE_OTHER, "isiii", instance, row->other_address, row->other_digest, row->other_at,
		       row->returns);
}

int q_duplicate_rival(struct db *d, int64_t instance, int64_t at, const char *address, const char *sign, struct err *e)
{
	return db_exec(d, e, Q_DUPLICATE_RIVAL, "iiss", instance, at, address, sign);
}

int q_duplicate_forget_rival(struct db *d, int64_t instance, struct err *e)
{
	return db_exec(d, e, Q_DUPLICATE_FORGET_RIVAL, "i", instance);
}

int q_duplicate_drop(struct db *d, int64_t instance, struct err *e)
{
	return db_exec(d, e, Q_DUPLICATE_DROP, "i", instance);
}

static void read_lapsed(struct rows *r, struct arena *a, void *out)
{
	struct lapsed_row *row = out;

	(void)a;
	row->id = rows_int(r, 0);
	row->virtual_account_id = rows_int(r, 1);
}

int q_instance_next_lapse(struct db *d, int64_t *out, struct err *e)
{
	return db_value(d, e, out, Q_INSTANCE_NEXT_LAPSE, "");
}

int q_instance_lapsed(struct db *d, struct arena *a, int64_t now, int64_t limit, struct lapsed_row **out, size_t *n,
		      struct err *e)
{
	return rows_all(db_query(d, e, Q_INSTANCE_LAPSED, "ii", now, limit), a, read_lapsed, sizeof(**out), out, n, e);
}

static void read_certificate(struct rows *r, struct arena *a, void *out)
{
	struct certificate_row *row = out;

	row->id = rows_int(r, 0);
	row->instance_id = rows_int(r, 1);
	row->serial = rows_keep_text(r, a, 2);
	row->state = rows_keep_text(r, a, 3);
	row->key_id = rows_keep_blob(r, a, 4, &row->key_id_n);
	row->der = rows_keep_blob(r, a, 5, &row->der_n);
	row->spki_at = rows_int(r, 6);
	row->spki_n = rows_int(r, 7);
	row->issued_at = rows_int(r, 8);
	row->not_after = rows_int(r, 9);
	row->ended_at = rows_int(r, 10);
}

int q_certificate_add(struct db *d, const struct certificate_row *row, struct err *e)
{
	return db_exec(d, e, Q_CERTIFICATE_ADD, "issbbiiii", row->instance_id, row->serial, row->state, row->key_id,
		       row->key_id_n, row->der, row->der_n, row->spki_at, row->spki_n, row->issued_at, row->not_after);
}

int q_certificate_by_serial(struct db *d, struct arena *a, const char *serial, struct certificate_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_CERTIFICATE_BY_SERIAL, "s", serial), a, read_certificate, out, e);
}

int q_certificate_list(struct db *d, struct arena *a, int64_t instance, struct certificate_row **out, size_t *n,
		       struct err *e)
{
	return rows_all(db_query(d, e, Q_CERTIFICATE_LIST, "i", instance), a, read_certificate, sizeof(**out), out, n, e);
}

int q_certificate_current(struct db *d, int64_t id, int64_t instance, int64_t now, struct err *e)
{
	if (db_exec(d, e, Q_CERTIFICATE_END_OTHERS, "iii", instance, id, now))
		return -1;
	return db_exec(d, e, Q_CERTIFICATE_CURRENT, "i", id);
}

int q_certificate_end_successors(struct db *d, int64_t instance, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_CERTIFICATE_END_SUCCESSORS, "ii", instance, now);
}

int q_certificate_revoke_all(struct db *d, int64_t instance, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_CERTIFICATE_REVOKE_ALL, "ii", instance, now);
}

static void read_ended(struct rows *r, struct arena *a, void *out)
{
	struct certificate_row *row = out;

	row->serial = rows_keep_text(r, a, 0);
	row->ended_at = rows_int(r, 1);
}

int q_certificate_ended(struct db *d, struct arena *a, int64_t now, struct certificate_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_CERTIFICATE_ENDED, "i", now), a, read_ended, sizeof(**out), out, n, e);
}

int q_answered_find(struct db *d, struct arena *a, const void *key_id, int64_t nonce, int64_t now,
		    const void **request_sha256, const char **response, struct err *e)
{
	struct rows *r = db_query(d, e, Q_ANSWERED_FIND, "bii", key_id, (size_t)SHA256_SIZE, nonce, now);
	int rc = r ? rows_next(r, e) : -1;
	size_t n;

	if (rc == 1) {
		*request_sha256 = rows_keep_blob(r, a, 0, &n);
		*response = rows_keep_text(r, a, 1);
		rows_end(r);
	}
	return rc;
}

int q_answered_add(struct db *d, const void *key_id, int64_t nonce, const void *request_sha256, const char *response,
		   int64_t expires_at, struct err *e)
{
	if (db_exec(d, e, Q_ANSWERED_OLDER, "b", key_id, (size_t)SHA256_SIZE))
		return -1;
	return db_exec(d, e, Q_ANSWERED_ADD, "bibsi", key_id, (size_t)SHA256_SIZE, nonce, request_sha256,
		       (size_t)SHA256_SIZE, response, expires_at);
}
