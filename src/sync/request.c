#include "sync/request.h"

#include <string.h>

#include "crypt/csr.h"
#include "lic/site.h"
#include "sync/record.h"

#define CHECK_EVERY 1024 /* records between two looks at whether to go on */

/* What products told of themselves, made fit for a record: none of them may be able to make a file unreadable. */
struct clean {
	char pid[RECORD_TEXT_MAX + 1], serial[RECORD_TEXT_MAX + 1], software[RECORD_TEXT_MAX + 1];
	char version[RECORD_TEXT_MAX + 1], hostname[RECORD_TEXT_MAX + 1], ip[RECORD_TEXT_MAX + 1], mac[RECORD_TEXT_MAX + 1];
};

struct writing {
	struct work *work;
	struct tx *tx;
	const struct account_exchange *told;
	struct bundle_writer *out;
	int64_t records;
	json_t *reserved; /* of the present reservation */
	struct clean clean;
};

/* Without control characters, and cut between two characters if it is too long. */
static const char *clean(const char *text, char out[RECORD_TEXT_MAX + 1])
{
	size_t n, to = 0;

	if (text == NULL)
		return NULL;
	n = strlen(text);
	if (n > RECORD_TEXT_MAX)
		for (n = RECORD_TEXT_MAX; n && ((unsigned char)text[n] & 0xc0) == 0x80;)
			n--;
	for (size_t i = 0, control; i < n; i += control ? control : 1) {
		control = str_control(text + i);
		out[to++] = control ? '?' : text[i];
	}
	out[to] = '\0';
	return out;
}

/* Takes over the record. */
static int put(struct writing *w, json_t *record, struct err *e)
{
	int rc = bundle_part_record(w->out, record, e);

	json_decref(record);
	if (rc == 0 && ++w->records % CHECK_EVERY == 0)
		rc = work_check(w->work, e);
	return rc;
}

static int put_virtual_account(void *ctx, const struct request_row *row, struct err *e)
{
	struct writing *w = ctx;
	struct record_virtual_account r = { .id = row->uuid,
					    .name = row->name,
					    .description = clean(row->description, w->clean.hostname),
					    .is_default = row->is_default };

	return put(w, record_virtual_account_encode(&r), e);
}

static int put_instance(void *ctx, const struct request_row *row, struct err *e)
{
	struct writing *w = ctx;
	const struct account_exchange *told = w->told;
	struct clean *c = &w->clean;
	struct record_instance r = {
		.id = row->uuid,
		.virtual_account = row->virtual_account,
		.udi_pid = clean(row->udi_pid, c->pid),
		.udi_serial_number = clean(row->udi_serial, c->serial),
		.uuid = row->udi_uuid,
		.software_tag_identifier = clean(row->software_tag, c->software),
		.product_version = told->share_product_version ? clean(row->product_version, c->version) : NULL,
		.hostname = told->share_hostname ? clean(row->hostname, c->hostname) : NULL,
		.ip_address = told->share_ip_address ? clean(row->ip_address, c->ip) : NULL,
		.mac_address = told->share_mac_address ? clean(row->mac_address, c->mac) : NULL,
		.export_controlled = row->export_allowed,
		.authorized = row->holding,
		.registered_at = row->registered_at,
		.expires_at = row->expires_at,
	};

	return put(w, record_instance_encode(&r), e);
}

static int put_usage(void *ctx, const struct request_row *row, struct err *e)
{
	char id[UUID_SIZE];
	struct record_usage r = {
		.id = record_usage_id(row->uuid, row->tag, id), .piid = row->uuid, .tag = row->tag, .count = row->count
	};

	return put(ctx, record_usage_encode(&r), e);
}

static int add_reserved(void *ctx, const struct request_row *row, struct err *e)
{
	struct writing *w = ctx;
	struct record_reserved r = { .lot = row->uuid, .quantity = row->count };

	(void)e;
	json_array_append_new(w->reserved, record_reserved_encode(&r));
	return 0;
}

static int put_reservation(void *ctx, const struct request_row *row, struct err *e)
{
	struct writing *w = ctx;
	struct record_reservation r = { .id = row->uuid,
					.virtual_account = row->virtual_account,
					.state = row->state,
					.udi_pid = clean(row->udi_pid, w->clean.pid),
					.udi_serial_number = clean(row->udi_serial, w->clean.serial),
					.uuid = row->udi_uuid,
					.created_at = row->created_at };

	w->reserved = json_array();
	if (q_request_reserved(w->tx->db, row->id, add_reserved, w, e)) {
		json_decref(w->reserved);
		return -1;
	}
	return put(w, record_reservation_encode(&r, w->reserved), e);
}

static int put_removed(void *ctx, const struct request_row *row, struct err *e)
{
	struct record_removed r = { .id = row->uuid, .kind = row->kind };

	return put(ctx, record_removed_encode(&r), e);
}

/* The sub-CA's key asks for its next certificate in every request. */
static int put_csr(struct writing *w, struct err *e)
{
	AUTO_BUF pem = BUF_INIT;
	struct key *key = NULL;
	int rc = authority_read(w->tx, AUTHORITY_SUB_CA, NULL, &key, e);

	if (rc >= 0 && key == NULL)
		rc = err_set(e, E_NOT_REGISTERED, NULL);
	if (rc < 0 || csr_make(key, w->tx->site->name, &pem, e) || bundle_part_begin(w->out, "csr.pem", e) ||
	    bundle_part_raw(w->out, pem.data, pem.n, e) || bundle_part_end(w->out, e))
		rc = -1;
	key_free(key);
	return rc < 0 ? -1 : 0;
}

typedef int (*walk_fn)(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e);

static int put_part(struct writing *w, const char *name, int64_t account, int64_t after, walk_fn walk, request_fn fn,
		    struct err *e)
{
	if (bundle_part_begin(w->out, name, e) || (walk && walk(w->tx->db, account, after, fn, w, e)))
		return -1;
	return bundle_part_end(w->out, e);
}

int request_write(struct work *work, struct tx *tx, int64_t account, int64_t after, const struct account_exchange *told,
		  struct bundle_writer *out, int64_t *records, struct err *e)
{
	struct writing w = { .work = work, .tx = tx, .told = told, .out = out };

	if (put_part(&w, "virtual_accounts.ndjson", account, after, q_request_virtual_accounts, put_virtual_account, e) ||
	    put_part(&w, "product_instances.ndjson", account, after, q_request_instances, put_instance, e) ||
	    put_part(&w, "usage.ndjson", account, after, q_request_usage, put_usage, e) ||
	    put_part(&w, "reservations.ndjson", account, after, q_request_reservations, put_reservation, e) ||
	    put_part(&w, "removed.ndjson", account, after, after ? q_request_removed : NULL, put_removed, e) ||
	    put_csr(&w, e))
		return -1;
	*records = w.records;
	return 0;
}
