/* reserve.h - what a reservation means for the rest of the agent. Only for files of this folder. */
#ifndef AGENT_RESERVE_H
#define AGENT_RESERVE_H

#include "agent/reservation.h"
#include "agent/state.h"

/* Takes a->code_text apart and verifies it again: a->code. */
int reservation_load(struct agent *a, struct err *e);

/* E_RESERVATION_IN_USE and what to do, if reservation is enabled; else 0. */
int reservation_forbids(const struct agent *a, struct err *e);

/* Is this entitlement of the code in force? */
bool reservation_in_force(const struct agent *a, const struct slr_entitlement *r, int64_t now);

/* How many of a license are reserved at that time; the first entitlement of the tag, NULL if there is none. */
int64_t reservation_count(const struct agent *a, const char *tag, int64_t now);
const struct slr_entitlement *reservation_of(const struct agent *a, const char *tag);

/* Is more in use than reserved? And when something last changed that this follows from: code, usage, or a term. */
bool reservation_exceeded(const struct agent *a, int64_t now);
int64_t reservation_judged_at(const struct agent *a, int64_t now);

/* The name of this product in codes; uuid is where its UUID with dashes goes. */
struct slr_udi reservation_udi(const struct agent *a, char uuid[40]);

#endif
