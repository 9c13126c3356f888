/* virtual_account.h - what people change of a virtual account: its name, what they say of it. */
#ifndef LIC_VIRTUAL_ACCOUNT_H
#define LIC_VIRTUAL_ACCOUNT_H

#include "lic/account.h"

#define TAGS_MAX 20
#define TAG_MAX_CHARS 50
#define VIRTUAL_ACCOUNT_DESCRIPTION_MAX 1024 /* bytes */

struct virtual_account_change {
	const char *name, *description; /* NULL: as it is */
	const char *const *tags;        /* all of them from now on; NULL: as they are */
	size_t tags_n;
};

/* Changes it; *va becomes what it is then. Everything refers to it by its number, so a new name changes nothing else: on
 * a satellite the manager learns it by the next synchronization, at a manager a satellite that serves it does.
 * E_NAME_INVALID, E_VIRTUAL_ACCOUNT_EXISTS; E_INVALID_REQUEST of a tag. */
int virtual_account_update(struct tx *tx, const struct account_row *account, struct virtual_account_row *va,
			   const struct virtual_account_change *in, struct err *e);

/* Its tags, sorted without case. */
int virtual_account_tags(struct tx *tx, int64_t id, struct tag_row **out, size_t *n, struct err *e);

/* Has it this tag, without case? 1, 0, -1. */
int virtual_account_has_tag(struct tx *tx, int64_t id, const char *tag, struct err *e);

#endif
