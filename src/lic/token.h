/* token.h - registration tokens (protocol.md section 6, rest-api.md). */
#ifndef LIC_TOKEN_H
#define LIC_TOKEN_H

#include "db/q.h"
#include "lic/tx.h"

#define TOKEN_DAYS_MAX 3650
#define TOKEN_USES_MAX 1000000
#define TOKEN_DESCRIPTION_MAX 1024 /* bytes */
#define TOKEN_SIZE 64              /* of the buffer for a token: 48 letters and digits */

struct token_new {
	int64_t days; /* 1 to TOKEN_DAYS_MAX */
	int64_t uses; /* 1 to TOKEN_USES_MAX; 0 = any number */
	bool export_controlled;
	const char *description; /* or NULL */
};

/* Makes a token of 288 random bits, base64 without padding. E_EXPORT_NOT_ALLOWED if the account may not;
 * who makes an export-controlled one has accepted its terms, which is recorded. */
int token_create(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
		 const struct token_new *in, char out[TOKEN_SIZE], struct err *e);

/* By its text: 1, 0 unknown, -1. */
int token_find(struct tx *tx, const char *value, struct token_row *out, struct err *e);

/* Revokes it; products that registered with it stay. Idempotent. E_TOKEN_UNKNOWN. account_id and
 * virtual_account_id, unless 0, say where it must be; who asks must have the right token.write there. */
int token_revoke(struct tx *tx, int64_t account_id, int64_t virtual_account_id, const char *value, struct err *e);

/* The token's text again, for administrators. NULL if the seal key is another. */
const char *token_value(struct tx *tx, const struct token_row *row);

/* "ACTIVE", "EXPIRED", "EXHAUSTED", "REVOKED" */
const char *token_status(const struct token_row *row, int64_t now);

/* First 6 characters and an ellipsis: what may stand in events and logs. Returns out. */
char *token_short(const char *value, char out[16]);

#endif
