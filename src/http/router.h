/* router.h - which route answers a path.
 *
 * Built once from the static tables, then only read. A literal segment is preferred to a `{x}`. A row
 * `/api/v1/…` also answers `/backend/api/v1/…`, and `/oauth/token` also `/backend/oauth/token`: clients mix
 * the two (rest-api.md, Common). */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/http.h"
#include "http/url.h"

struct router;

#define ROUTER_ALLOW_SIZE 64

/* tables as in struct server_config; the rows must outlive the router. E_INTERNAL if a row is not well-formed
 * or two rows answer the same method, pattern and door. */
int router_new(const struct route *const *tables, struct router **out, struct err *e);
void router_free(struct router *r);

/* The route of a method and path at a door (DOOR_* bits of the listener). The {x} go to param. NULL and
 * E_NOT_FOUND; or E_METHOD_NOT_ALLOWED, then allow has what the path takes, in the form of the Allow header. */
const struct route *router_find(const struct router *r, const char *method, unsigned door, const struct url_path *path,
				const char *param[REQ_PARAMS], char allow[ROUTER_ALLOW_SIZE], struct err *e);

#endif
