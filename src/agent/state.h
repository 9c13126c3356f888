/* state.h - what an agent knows, in memory and on the disk. Only for files of this folder. */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "agent/catalogue.h"
#include "agent/message.h"
#include "agent/transport.h"
#include "base/arena.h"
#include "crypt/cert.h"
#include "crypt/key.h"
#include "crypt/slr.h"
#include "json/json.h"

#define AGENT_EVALUATION_MS (90 * DAY_MS)
#define AGENT_USAGE_MS DAY_MS

/* The last try of something, for people and for retries. */
struct attempt {
	int64_t at; /* 0: never tried */
	bool ok;
	char *reason;     /* why not; owned */
	int64_t failures; /* in a row */
	int64_t next_at;  /* when to try again after a failure, else 0 */
};

struct usage {
	char *tag; /* owned */
	int64_t count;
};

/* A row of the last AUTHORIZATION answer. All owned. */
struct granted {
	char *tag, *display_name, *description, *version, *status;
	int64_t count;
};

struct agent {
	char *dir;
	int lock_fd;
	agent_exchange exchange;
	void *arg;
	struct transport *transport; /* when exchange is ours */
	agent_ask ask;               /* NULL: nobody is there */
	void *ask_arg;

	/* identity and settings */
	char *product_name; /* of catalogue.h */
	const struct product *product;
	char *serial, *uuid;
	char *hostname, *ip; /* NULL: not given */
	char *url;           /* NULL: not set yet */
	bool direct, callhome;
	char *proxy, *proxy_user, *proxy_password; /* NULL: none */
	bool hide_host, hide_version;
	char *ca_pem, *root_pem;
	struct cert *root;

	/* the key of the ID certificate, made before the first REGISTRATION, with its request */
	char *key_pem, *csr;
	struct key *key;

	/* registration; id NULL: none */
	char *id_pem, *chain_pem;
	struct cert *id, *issuer;
	char *server; /* `satellite` or `manager` */
	char *identifier, *smart_account, *virtual_account;
	bool export_allowed;
	int64_t registered_at, renew_at, expires_at;

	/* a REGISTRATION that has no answer yet */
	bool registering, force;
	char *token;

	struct attempt registration, renewal, contact;

	/* the last AUTHORIZATION answer; authorized_at 0: none */
	bool gone; /* the server said that it does not hold this registration any more */
	char *authorization_status;
	int64_t authorized_at, authorization_renew_at, authorization_expires_at;
	struct granted *granted;
	size_t granted_n;

	struct usage *usage;
	size_t usage_n;
	int64_t usage_at; /* when it was set last */

	/* Specific License Reservation; between enable or request and install, cancel or return it is in progress */
	bool reservation_enabled, reservation_in_progress;
	int64_t requested_at;        /* when the request code was shown; 0: not yet */
	char *code_text;             /* the authorization code that is installed; NULL: none */
	const struct slr_code *code; /* the same, taken apart, in code_arena */
	struct arena code_arena;
	int64_t reserved_at, code_at; /* when the first code of this reservation, and when this one, was installed */
	int64_t newest_code;          /* highest timestamp of a code that was ever installed or given back */
	char *return_code;            /* of the last return, until another code is installed */
	int64_t returned_at;

	/* evaluation: used up to counted_at; counting while counted_at is not 0 */
	int64_t evaluation_used, evaluation_counted_at, evaluation_expired_at;

	bool mixed_mode;
	int64_t export_alert_at; /* when the alert was raised that stands; 0: none */

	/* the latest time that was believed; the clock's reading when it was disbelieved, 0 while it is believed */
	int64_t seen_at, clock_wrong_at;
	int64_t seen_saved_at; /* of seen_at; not in the state */

	struct buf warning; /* of the last call */

	/* the message that was sent last and has no answer: sent again as it is while it is young */
	char *pending_type, *pending_data, *pending_nonce, *pending_body;
	int64_t pending_at;
};

/* Reads DIR/state.json into a zeroed agent whose dir is set; *found tells whether there is one. */
int state_load(struct agent *a, bool *found, struct err *e);
int state_save(const struct agent *a, struct err *e);

/* Takes DIR/lock, or E_BUSY. */
int state_lock(struct agent *a, struct err *e);

/* Removes what a process that was killed while it wrote the state has left: it holds keys. Under the lock only. */
void state_tidy(const struct agent *a);

void state_fini(struct agent *a);

/* Replaces an owned text by a copy; NULL clears. Secrets are overwritten. */
void state_set(char **to, const char *text);

void attempt_clear(struct attempt *t);
void granted_clear(struct agent *a);

/* The time that rights are judged by: now, unless the clock is not believed. */
int64_t agent_time(const struct agent *a, int64_t now);

/* Takes notice of the clock; true if something changed that must be saved now. */
bool clock_see(struct agent *a, int64_t now);

/* The clock is right: somebody who knows said so. */
void clock_trust(struct agent *a, int64_t now);

/* Raises and clears the alerts that have a time; true if something changed that must be saved. */
bool alerts_update(struct agent *a, int64_t now);

/* `PID:UCM,SN:37624,UUID:…`, added to out. */
void udi_text(const struct agent *a, struct buf *out);

/* The text of `show license tech support`; what is shown, as members of obj, with everything or only the sections
 * that this `show` has. */
/* `Jan 26 15:11:23 2018 IST`, in the zone of the process whatever its locale. Returns out. */
#define SHOW_TIME_SIZE 64
char *show_time(int64_t at, char out[SHOW_TIME_SIZE]);

/* Why an attempt failed, in lines of a terminal. */
void show_reason(struct buf *out, const char *reason);

void tech_show(const struct agent *a, int64_t now, struct buf *out);
void state_describe(const struct agent *a, const char *what, int64_t now, json_t *obj);

/* Of one license: `InCompliance`, `Eval`, …. */
const char *license_status(const struct agent *a, const char *tag, int64_t now);

/* Moves the evaluation clock to now. */
void evaluation_account(struct agent *a, int64_t now);

/* Registered and not past expires_at? */
bool agent_is_registered(const struct agent *a, int64_t now);

/* The same, or under a reservation: nothing of the evaluation period is spent. */
bool agent_is_licensed(const struct agent *a, int64_t now);

int64_t agent_usage_count(const struct agent *a, const char *tag);

#endif
