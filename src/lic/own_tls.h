/* own_tls.h - the server's own TLS certificate, for servers whose administrator has not installed one.
 *
 * A CA of this server alone signs a server certificate for its names; the CA's certificate is the trust chain that
 * clients get (`satellitectl certificate chain`). */
#ifndef LIC_OWN_TLS_H
#define LIC_OWN_TLS_H

#include "base/buf.h"
#include "lic/tx.h"

#define OWN_TLS_NAMES_MAX 64

/* In the writer's start-up transaction: the chain (server, CA) and key as PEM, added. names: comma-separated DNS names
 * and IP addresses; localhost, 127.0.0.1 and ::1 are added. The server certificate is made anew when a name is
 * missing or less than 30 days are left; the CA stays (10 years). */
int own_tls_ensure(struct tx *tx, const char *names, struct buf *chain_pem, struct buf *key_pem, struct err *e);

#endif
