/* transport.h - HTTPS to the license server, by libcurl. */
#ifndef AGENT_TRANSPORT_H
#define AGENT_TRANSPORT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct transport;

/* A connection that is kept between messages. Not thread-safe. */
struct transport *transport_new(void);
void transport_free(struct transport *t);

/* The CA that the server's TLS certificate must lead to; NULL: the system's. Copied. */
void transport_set_ca(struct transport *t, const char *ca_pem);

/* An agent_exchange; arg is the struct transport. The peer's chain and name are always verified. */
int transport_exchange(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *e);

/* Completes what a person typed (`HOST:PORT`, `[2001:db8::1]:443`, `https://HOST:PORT/PATH`) to a URL, added to
 * out: https only, port 443 and path /SmartTransport unless given. E_USAGE. */
int transport_url(const char *where, struct buf *out, struct err *e);

#endif
