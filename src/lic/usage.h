/* usage.h - what product instances use, and what they are granted (protocol.md sections 4 to 6). */
#ifndef LIC_USAGE_H
#define LIC_USAGE_H

#include "db/q.h"
#include "lic/tx.h"

#define USAGE_TAGS_MAX 1000 /* in one AUTHORIZATION */

struct usage_asked {
	const char *tag;
	int64_t count; /* 0 = released */
};

struct usage_answer {
	const char *tag;
	const char *display_name, *description, *version; /* "" if the tag is unknown */
	int64_t count;                                    /* granted */
	const char *status;                               /* InCompliance, OutOfCompliance, InvalidTag, NotAuthorized */
};

/* Replaces the whole usage of an instance by what is asked; the rows are answered in their order. The instance's
 * rights last until authorization_expires_at, which is set, or its registration's end. export_allowed: the instance
 * and its account may use export-controlled tags now. *out_of_compliance: is any tag OutOfCompliance?
 * The tags must differ from each other. */
int usage_replace(struct tx *tx, const struct instance_row *instance, bool account_permits_export,
		  const struct usage_asked *asked, size_t n, struct usage_answer *out, bool *out_of_compliance,
		  struct err *e);

/* Takes the granted usage of an instance out of the pools of a virtual account (its rows stay). */
int usage_release(struct tx *tx, int64_t instance, int64_t virtual_account, struct err *e);

/* Puts it into the pools of a virtual account. */
int usage_hold(struct tx *tx, int64_t instance, int64_t virtual_account, struct err *e);

/* Does this instance use any tag that is short in its virtual account? */
int usage_out_of_compliance(struct tx *tx, const struct instance_row *instance, bool *out, struct err *e);

#endif
