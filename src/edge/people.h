/* people.h - what the routes of users and of sessions share. */
#ifndef EDGE_PEOPLE_H
#define EDGE_PEOPLE_H

#include "db/q_person.h"
#include "edge/api.h"

/* The roles of a person: [{role, account, virtualAccount}]. */
int people_roles(struct req *r, int64_t person, json_t **out, struct err *e);

#endif
