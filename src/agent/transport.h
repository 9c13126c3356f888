/* transport.h - HTTPS to the license server, by libcurl, perhaps through a proxy. */
#ifndef AGENT_TRANSPORT_H
#define AGENT_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct transport;

/* A connection that is kept between messages. Not thread-safe but transport_interrupt(). */
struct transport *transport_new(void);
void transport_free(struct transport *t); /* NULL is fine */

/* The CA that the TLS certificates of server and proxy must lead to; NULL: the system's. Copied. */
void transport_set_ca(struct transport *t, const char *ca_pem);

/* A proxy's URL and login, NULL for none. Copied. */
void transport_set_proxy(struct transport *t, const char *url, const char *user, const char *password);

/* An agent_exchange; arg is the struct transport. The peer's chain and name are always verified. */
int transport_exchange(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *e);

/* Seconds that the last answer asked to wait (Retry-After), at most a day; 0 if it did not. */
int64_t transport_retry_after(const struct transport *t);

/* Ends the exchange that waits, and all later ones at once. From signal handlers and other threads too. */
void transport_interrupt(struct transport *t);

#endif
