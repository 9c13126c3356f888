/* body.h - what a request carries: content types, JSON, forms. Knows no connection, so it is tested from C. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "http/http.h"
#include "http/url.h"

/* Does a route of this kind take a body of this Content-Type (NULL: none was sent)? E_UNSUPPORTED_MEDIA_TYPE.
 * Ask only when there is a body: an empty one may have any type, but for BODY_MESSAGE. */
int body_check_type(enum body_kind kind, const char *type, struct err *e);

/* Makes the object of a BODY_JSON or BODY_FORM from n bytes. Empty and `null` are {}; for BODY_FORM an empty
 * body, whatever its type, takes the arguments of the query instead (rest-api.md, Token request). Form members become strings; one that is there twice is E_BAD_REQUEST, as in JSON. *out is the
 * caller's. */
int body_decode(enum body_kind kind, const char *type, const char *body, size_t n, const struct url_arg *query,
		struct arena *a, json_t **out, struct err *e);

/* Is this nothing: empty, white space, `null` or `{}`? Clients send such bodies with any method. */
bool body_is_nothing(const char *body, size_t n);

#endif
