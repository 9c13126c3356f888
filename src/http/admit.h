/* admit.h - what is decided about a request from its head alone. Inside src/http only. */
#ifndef HTTP_ADMIT_H
#define HTTP_ADMIT_H

#include "http/inside.h"

/* Finds the route, who it is and whether he may, and whether the body that is announced would be taken: fills
 * c->r and c->query. On failure *reply gets the answer. Pool thread; reads the database where a login is needed. */
int admit(struct call *c, struct reply **reply);

/* Signs the caller in anew and asks again whether he may: with a database in c->r.tx.db. Nothing to do where nobody has
 * to sign in. */
int admit_again(struct call *c, struct err *e);

/* With the body in c->r.json: the CSRF token, where it had to be in the form. */
int admit_form(struct call *c, struct err *e);

/* The place of who asks before anybody signed in, and the time: what every step finds in r->tx. */
void admit_tx(struct call *c);

/* A body of a BODY_NONE may be a few bytes that mean nothing. */
#define NOTHING_MAX 16

/* Bytes of body that the call's route takes. */
size_t admit_max(const struct call *c);

#endif
