#include "lic/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "crypt/b64.h"
#include "crypt/digest.h"
#include "crypt/seal.h"
#include "lic/access.h"
#include "lic/account.h"
#include "lic/event.h"
#include "lic/site.h"

#define SEAL_CONTEXT "token"
#define RANDOM_BYTES 36

char *token_short(const char *value, char out[16])
{
	snprintf(out, 16, "%.6s…", value);
	return out;
}

/* Letters and digits only: it is pasted into shells and URLs, and a double click selects all of it. */
static void make_value(char out[TOKEN_SIZE])
{
	unsigned char random[RANDOM_BYTES];
	struct buf text = BUF_INIT;

	do {
		buf_clear(&text);
		rand_bytes(random, sizeof(random));
		b64_encode(random, sizeof(random), &text);
	} while (strpbrk(text.data, "+/="));
	str_copy(out, TOKEN_SIZE, text.data);
	buf_cleanse(&text);
	mem_cleanse(random, sizeof(random));
}

static int check_new(const struct account_row *account, const struct virtual_account_row *va, const struct token_new *in,
		     struct err *e)
{
	if (virtual_account_served_here(va, e))
		return -1;
	if (strcmp(account->status, ACCOUNT_ACTIVE) != 0)
		return err_set(e, E_ACCOUNT_INACTIVE, "The account '%s' is not active (%s).", account->name,
			       account->status);
	if (in->days < 1 || in->days > TOKEN_DAYS_MAX)
		return err_field(e, E_INVALID_REQUEST, "expiresAfterDays",
				 "A token lives 1 to %d days; %" PRId64 " were asked.", TOKEN_DAYS_MAX, in->days);
	if (in->uses < 0 || in->uses > TOKEN_USES_MAX)
		return err_field(e, E_INVALID_REQUEST, "numberofUses", "A token has 1 to %d uses; %" PRId64 " were asked.",
				 TOKEN_USES_MAX, in->uses);
	if (in->description && strlen(in->description) > TOKEN_DESCRIPTION_MAX)
		return err_field(e, E_INVALID_REQUEST, "description", "The description is longer than %d bytes.",
				 TOKEN_DESCRIPTION_MAX);
	if (in->export_controlled && !account->export_permitted)
		return err_field(
			e, E_EXPORT_NOT_ALLOWED, "exportControlled",
			"'%s' has no permission for export-controlled functionality. Create the token without it, or "
			"ask your license vendor; after the next synchronization it is possible.",
			account->name);
	return 0;
}

int token_create(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
		 const struct token_new *in, char out[TOKEN_SIZE], struct err *e)
{
	unsigned char hash[SHA256_SIZE];
	char shown[16];
	AUTO_BUF box = BUF_INIT;
	struct token_row row = { .virtual_account_id = va->id,
				 .description = in->description ? in->description : "",
				 .created_by = tx->actor->name,
				 .export_controlled = in->export_controlled,
				 .created_at = tx->now,
				 .terms_accepted_at = in->export_controlled ? tx->now : 0,
				 .expires_at = tx->now + in->days * DAY_MS,
				 .uses_max = in->uses };
	json_t *detail;

	if (check_new(account, va, in, e))
		return -1;
	make_value(out);
	digest_sha256(out, strlen(out), hash);
	seal_close(&tx->site->seal, SEAL_CONTEXT, out, strlen(out), &box);
	row.value_box = box.data;
	row.value_box_n = box.n;
	if (q_token_add(tx->db, &row, hash, sizeof(hash), e))
		return -1;
	detail = json_object();
	json_set_text(detail, "virtualAccount", va->name);
	json_set_text(detail, "description", row.description);
	json_set_int(detail, "days", in->days);
	json_set_int(detail, "uses", in->uses);
	json_set_bool(detail, "exportControlled", in->export_controlled);
	if (in->export_controlled)
		json_set_text(detail, "termsAcceptedBy", row.created_by);
	return event_add(tx, "token.create", account->name, token_short(out, shown), detail, e);
}

int token_find(struct tx *tx, const char *value, struct token_row *out, struct err *e)
{
	unsigned char hash[SHA256_SIZE];

	digest_sha256(value, strlen(value), hash);
	return q_token_by_hash(tx->db, tx->arena, hash, sizeof(hash), out, e);
}

int token_revoke(struct tx *tx, int64_t account_id, int64_t virtual_account_id, const char *value, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;
	struct token_row row;
	char shown[16];
	int rc = token_find(tx, value, &row, e);

	if (rc == 1)
		rc = q_virtual_account_by_id(tx->db, tx->arena, row.virtual_account_id, &va, e);
	if (rc == 1)
		rc = q_account_by_id(tx->db, tx->arena, va.account_id, &account, e);
	if (rc < 0)
		return -1;
	if (rc == 0 || (account_id && account_id != account.id) || (virtual_account_id && virtual_account_id != va.id) ||
	    !access_sees(tx, RIGHT_TOKEN_WRITE, account.id, va.id))
		return err_set(e, E_TOKEN_UNKNOWN, "There is no registration token '%s' here.", token_short(value, shown));
	if (row.revoked_at)
		return 0;
	if (q_token_revoke(tx->db, row.id, tx->now, tx->actor->name, e))
		return -1;
	return event_add(tx, "token.revoke", account.name, token_short(value, shown),
			 json_pack("{s:s,s:s}", "virtualAccount", va.name, "description", row.description), e);
}

const char *token_value(struct tx *tx, const struct token_row *row)
{
	struct buf plain = BUF_INIT;
	struct err ignored;
	const char *value = NULL;

	if (seal_open(&tx->site->seal, SEAL_CONTEXT, row->value_box, row->value_box_n, &plain, &ignored) == 0)
		value = arena_dup(tx->arena, plain.data, plain.n);
	buf_cleanse(&plain);
	return value;
}

const char *token_status(const struct token_row *row, int64_t now)
{
	if (row->revoked_at)
		return "REVOKED";
	if (row->expires_at <= now)
		return "EXPIRED";
	if (row->uses_max && row->uses >= row->uses_max)
		return "EXHAUSTED";
	return "ACTIVE";
}
