/* place.h - addresses of cloud managers and proxies, as administrators type them. */
#ifndef SYNC_PLACE_H
#define SYNC_PLACE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Adds `https://HOST` or `https://HOST:PORT` of `HOST`, `HOST:PORT` or `https://HOST[:PORT]`. A path, a login and HTTP are
 * refused: E_INVALID_REQUEST, field `managerUrl`. */
int place_manager(const char *typed, struct buf *out, struct err *e);

/* Adds `http://HOST:PORT` or `https://HOST:PORT`; HTTP if no scheme is given. E_INVALID_REQUEST, field `proxyUrl`. */
int place_proxy(const char *typed, struct buf *out, struct err *e);

/* `manager.example.com:443` of what these gave. From the arena. */
const char *place_text(struct arena *a, const char *url);

#endif
