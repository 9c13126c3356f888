/* root.h - the cloud manager's own keys: licensing root, signer, issuing CA (protocol.md section 2). */
#ifndef AUTHORITY_ROOT_H
#define AUTHORITY_ROOT_H

#include "crypt/cert.h"
#include "lic/tx.h"

/* Makes what is missing: the root (20 years), and, issued by it, the signer and the issuing CA. In the writer's
 * start-up transaction of a manager. */
int authority_ensure(struct tx *tx, struct err *e);

/* A CA for a satellite's key: five years, path length 0, the same name at every renewal. */
int authority_issue_sub_ca(struct tx *tx, const char *satellite_uuid, const struct key *key, struct cert **out,
			   struct err *e);

#endif
