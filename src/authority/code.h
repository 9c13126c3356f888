/* code.h - registration codes: a satellite registers over the network with one (protocol.md section 8). A named
 * administrator makes it, and the authorization that it brings is his. */
#ifndef AUTHORITY_CODE_H
#define AUTHORITY_CODE_H

#include "authority/delegate.h"
#include "base/clock.h"
#include "db/q.h"

#define CODE_SIZE 33           /* 32 hex digits and a NUL: 128 random bits */
#define CODE_MS (24 * HOUR_MS) /* it can be used as long */

/* A new one for a virtual account; only its SHA-256 is kept. E_ACCOUNT_INACTIVE. */
int code_create(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va, char out[CODE_SIZE],
		struct code_row *row, struct err *e);

/* Could it be used now, by this file? E_REGISTRATION_CODE_INVALID, without saying why. Reads only. */
int code_check(struct tx *tx, const char *code, struct err *e);

/* In the writer: authorizes what a registration file asks if the code is for that virtual account, and uses it up. The
 * same file with the same code gets the same answer until the code's end. E_REGISTRATION_CODE_INVALID; errors of
 * delegate_authorize(), after which the code can still be used. */
int code_register(struct tx *tx, const char *code, const struct delegate_request *r, struct buf *answer, struct err *e);

/* By the identifier of the list. E_REGISTRATION_CODE_INVALID if it is none of the account's, used or over. */
int code_revoke(struct tx *tx, const struct account_row *account, const char *uuid, struct err *e);

/* "USABLE", "USED", "EXPIRED", "REVOKED" */
const char *code_state(const struct tx *tx, const struct code_row *row);

#endif
