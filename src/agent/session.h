/* session.h - one exchange with the server after the other. Only for files of this folder. */
#ifndef AGENT_SESSION_H
#define AGENT_SESSION_H

#include "agent/state.h"

/* Sends the REGISTRATION that a->token and a->force ask for, and on success reports usage. */
int session_register(struct agent *a, int64_t now, struct err *e);

/* Forgets the registration, its key and all that followed from it; usage stays. Saves. */
int session_forget(struct agent *a, int64_t now, struct err *e);

/* When the next exchange of each kind is due; INT64_MAX if never. */
int64_t session_registration_due(const struct agent *a);
int64_t session_renewal_due(const struct agent *a);
int64_t session_contact_due(const struct agent *a);

#endif
