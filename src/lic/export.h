/* export.h - who uses export-controlled licenses without being permitted to (protocol.md section 6).
 *
 * What is granted is usage.h's; here is the alert Restricted License Not Available: of products that ask for such a
 * license though they were registered without it, and of those that still use what their account may no longer. */
#ifndef LIC_EXPORT_H
#define LIC_EXPORT_H

#include "db/q.h"
#include "lic/tx.h"

/* After the usage of an instance has changed: the alert is raised, or over. */
int export_review_instance(struct tx *tx, const struct instance_row *instance, bool account_permits, struct err *e);

/* After an account's permission, or the catalogue, has changed. */
int export_review(struct tx *tx, const struct account_row *account, struct err *e);

#endif
