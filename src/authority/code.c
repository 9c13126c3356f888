#include "authority/code.h"

#include <string.h>

#include "base/rand.h"
#include "lic/account.h"
#include "lic/event.h"

#define CODE_BYTES 16

static void code_hash(const unsigned char code[CODE_BYTES], unsigned char out[SHA256_SIZE])
{
	digest_sha256(code, CODE_BYTES, out);
}

int code_create(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va, char out[CODE_SIZE],
		struct code_row *row, struct err *e)
{
	unsigned char code[CODE_BYTES], hash[SHA256_SIZE];
	char uuid[UUID_SIZE];
	json_t *detail;

	if (strcmp(account->status, ACCOUNT_ACTIVE) != 0)
		return err_set(e, E_ACCOUNT_INACTIVE, "The smart account '%s' is not active.", account->name);
	rand_bytes(code, sizeof(code));
	code_hash(code, hash);
	*row = (struct code_row){ .uuid = arena_strdup(tx->arena, rand_uuid(uuid)),
				  .virtual_account_id = va->id,
				  .created_at = tx->now,
				  .created_by = tx->actor->name,
				  .expires_at = tx->now + CODE_MS };
	if (q_code_add(tx->db, row, hash, e))
		return -1;
	str_hex(out, code, sizeof(code));
	detail = json_object();
	json_set_text(detail, "virtualAccount", va->name);
	json_set_time(detail, "expiresDate", row->expires_at);
	return event_add(tx, "registration-code.create", account->name, row->uuid, detail, e);
}

static int refuse(struct err *e)
{
	return err_set(e, E_REGISTRATION_CODE_INVALID, NULL);
}

/* One that is neither over nor revoked. */
static int find(struct tx *tx, const char *text, struct code_row *out, struct err *e)
{
	unsigned char code[CODE_BYTES], hash[SHA256_SIZE];
	int rc = 0;

	if (strlen(text) == 2 * CODE_BYTES && str_unhex(code, sizeof(code), text) == 0) {
		code_hash(code, hash);
		rc = q_code_by_hash(tx->db, tx->arena, hash, out, e);
	}
	if (rc < 0)
		return -1;
	return rc == 0 || out->revoked_at || out->expires_at <= tx->now ? refuse(e) : 0;
}

int code_check(struct tx *tx, const char *code, struct err *e)
{
	struct code_row row;

	return find(tx, code, &row, e);
}

/* Is it for the virtual account that the file names? */
static int check_place(struct tx *tx, const struct code_row *code, const struct manifest *m, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;
	struct err why = ERR_INIT;

	if (account_find(tx, m->smart_account, &account, &why) ||
	    virtual_account_find(tx, &account, m->virtual_account, &va, &why)) {
		if (why.code == E_ACCOUNT_UNKNOWN || why.code == E_VIRTUAL_ACCOUNT_UNKNOWN)
			return refuse(e);
		*e = why;
		return -1;
	}
	return va.id == code->virtual_account_id ? 0 : refuse(e);
}

/* A code that was used is good for the same answer alone, while that is in force. */
static int check_use(struct tx *tx, const struct code_row *code, const struct delegate_request *r, struct err *e)
{
	const void *answer;
	size_t n;
	int rc;

	if (code->used_at == 0)
		return 0;
	if (code->request_sha256_n != SHA256_SIZE || memcmp(code->request_sha256, r->digest, SHA256_SIZE) != 0)
		return refuse(e);
	rc = q_delegation_by_request(tx->db, tx->arena, r->digest, &answer, &n, e);
	return rc == 0 ? refuse(e) : rc < 0 ? -1 : 0;
}

int code_register(struct tx *tx, const char *code, const struct delegate_request *r, struct buf *answer, struct err *e)
{
	struct actor maker = { .kind = ACTOR_USER };
	struct tx his = *tx;
	struct code_row row;
	json_t *detail;

	if (find(tx, code, &row, e) || check_place(tx, &row, &r->manifest, e) || check_use(tx, &row, r, e))
		return -1;
	str_copy(maker.name, sizeof(maker.name), row.created_by);
	str_copy(maker.address, sizeof(maker.address), tx->actor->address);
	his.actor = &maker;
	if (delegate_authorize(&his, r, answer, e))
		return -1;
	if (row.used_at)
		return 0;
	if (q_code_used(tx->db, row.id, r->digest, tx->now, r->manifest.name, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "satellite", r->manifest.name);
	json_set_text(detail, "virtualAccount", r->manifest.virtual_account);
	return event_add(&his, "registration-code.use", r->manifest.smart_account, row.uuid, detail, e);
}

int code_revoke(struct tx *tx, const struct account_row *account, const char *uuid, struct err *e)
{
	struct virtual_account_row va;
	struct code_row row;
	json_t *detail;
	int rc = q_code_by_uuid(tx->db, tx->arena, uuid, &row, e);

	if (rc == 1 && q_virtual_account_by_id(tx->db, tx->arena, row.virtual_account_id, &va, e) != 1)
		return -1;
	if (rc == 0 || (rc == 1 && va.account_id != account->id))
		return err_set(e, E_REGISTRATION_CODE_INVALID, "There is no registration code '%.64s' in '%s'.", uuid,
			       account->name);
	if (rc < 0)
		return -1;
	if (strcmp(code_state(tx, &row), "USABLE") != 0)
		return err_set(e, E_REGISTRATION_CODE_INVALID, "This registration code can no longer be used anyway: %s.",
			       row.used_at      ? "a satellite has used it"
			       : row.revoked_at ? "it was revoked"
						: "it has expired");
	if (q_code_revoked(tx->db, row.id, tx->now, tx->actor->name, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "virtualAccount", va.name);
	return event_add(tx, "registration-code.revoke", account->name, row.uuid, detail, e);
}

const char *code_state(const struct tx *tx, const struct code_row *row)
{
	if (row->used_at)
		return "USED";
	if (row->revoked_at)
		return "REVOKED";
	return row->expires_at <= tx->now ? "EXPIRED" : "USABLE";
}
