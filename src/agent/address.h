/* address.h - what a person types as the address of a server or a proxy. */
#ifndef AGENT_ADDRESS_H
#define AGENT_ADDRESS_H

#include "base/buf.h"
#include "base/err.h"

/* Completes `HOST:PORT`, `[2001:db8::1]:443`, `HOST` or an https:// or http:// URL to a URL, added to out: https and
 * its port unless given, and path (with its slash) unless the URL has one. E_USAGE. */
int address_server(const char *where, const char *path, struct buf *out, struct err *e);

/* The same for a proxy: http unless given, no path. E_USAGE. */
int address_proxy(const char *where, struct buf *out, struct err *e);

/* The host of a URL that came from here, without brackets, and `HOST:PORT`; added to out. */
void address_host(const char *url, struct buf *out);

#endif
