/* grant.h - a role in a place, as people write it: `account-user` in the account A, in its virtual account V. */
#ifndef LIC_GRANT_H
#define LIC_GRANT_H

#include "db/q_person.h"
#include "json/json.h"
#include "lic/access.h"
#include "lic/tx.h"

/* From names; account and virtual_account may be NULL. E_INVALID_REQUEST naming the field if there is no such role, or it
 * is not given for such a place; E_ACCOUNT_UNKNOWN, E_VIRTUAL_ACCOUNT_UNKNOWN. */
int grant_read(struct tx *tx, const char *role, const char *account, const char *virtual_account, struct grant *out,
	       struct err *e);

/* {"role","account","virtualAccount"}; null where it is for more than that. */
int grant_json(struct tx *tx, const struct grant_row *row, json_t **out, struct err *e);

/* E_FORBIDDEN unless by has the right with which roles are given (client.write) in that place, and may do himself there
 * what the role may change. He may let others read more of it than he does: a watching program reads much, and changes
 * nothing. */
int grant_allowed(const struct caller *by, enum right with, const struct grant *g, struct err *e);

#endif
