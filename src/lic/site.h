/* site.h - what stays the same from request to request: role, names, keys. One in a program. */
#ifndef LIC_SITE_H
#define LIC_SITE_H

#include <pthread.h>
#include <stdint.h>

#include "base/rand.h"
#include "crypt/seal.h"
#include "lic/identity.h"
#include "lic/tx.h"
#include "lic/wall.h"

struct scheduler;
struct webhook_sender;

enum site_role { SITE_SATELLITE, SITE_MANAGER };

enum tls_source {
	TLS_OWN,        /* made by the server (own_tls.h) */
	TLS_INSTALLED,  /* by an administrator, in the database (installed_tls.h) */
	TLS_CONFIGURED, /* files that the configuration names; these win */
};

struct site {
	enum site_role role;
	const char *name;      /* of the server, as administrators know it */
	const char *database;  /* path, for status */
	const char *spool_dir; /* for temporary files without names */
	const char *backup_dir;
	const struct cert *configured_root;  /* satellite: the licensing root from the configuration, or NULL */
	const char *product_url, *admin_url; /* copy-ready, without path */
	const char *version;
	int64_t started_at;
	enum key_kind authority_key;      /* of CAs and signers that are made from now on */
	_Atomic bool http_registration;   /* REGISTRATION over plain HTTP is taken; a reload sets it */
	_Atomic int64_t hello_per_minute; /* HELLO messages from one address; a reload sets it */
	/* Of browsers that are signed in; a reload sets them for those that come. */
	_Atomic int64_t session_idle_ms, session_max_ms;
	_Atomic int64_t password_max_age_ms; /* 0: passwords do not expire; a reload sets it */
	/* How many backups are kept, and at which minute of the UTC day one is made (-1: none is); a reload sets them. */
	_Atomic int64_t backup_keep, backup_at;
	_Atomic bool backup_running;
	char uuid[UUID_SIZE];
	struct seal_key seal;
	struct wall wall;
	_Atomic bool webhook_loopback;                 /* deliveries of alerts may go to this machine; a reload sets it */
	struct webhook_sender *_Atomic webhook_sender; /* delivers alerts (sync/webhook_sender.h); NULL: nobody does */
	struct scheduler *_Atomic scheduler; /* satellite: synchronizes by itself (sync/scheduler.h); NULL: nobody does */

	/* Protects identity and tls_chain: requests take a reference or a copy, an import or a reload replaces them. */
	pthread_mutex_t lock;
	struct identity *identity;
	char *tls_chain; /* PEM of the administrator's TLS certificate and chain; NULL = the server's own */
	enum tls_source tls_source;
	char *tls_names; /* DNS names and IP addresses of this server, comma-separated */

	/* Puts a certificate in service with the next handshake, and calls site_set_tls_chain(); NULL where nobody serves. */
	int (*serve_tls)(void *arg, const char *chain_pem, const char *key_pem, enum tls_source source, struct err *e);
	void *serve_tls_arg;
};

/* Makes the site's UUID if the database has none, and loads its identity. In the writer's start-up transaction. */
int site_load(struct tx *tx, struct err *e);

/* A reference to the present identity (identity_put it); NULL if there is none yet. */
struct identity *site_identity(struct site *s);

/* Replaces it; takes over the reference. */
void site_set_identity(struct site *s, struct identity *i);

/* The administrator's own TLS chain (PEM), added to out: 1, or 0 if the server has made its own. */
int site_tls_chain(struct site *s, struct buf *out);

/* Sets it; with TLS_OWN pem does not count. */
void site_set_tls_chain(struct site *s, const char *pem, enum tls_source source);
enum tls_source site_tls_source(struct site *s);

/* The server's names, added to out. */
void site_tls_names(struct site *s, struct buf *out);
void site_set_tls_names(struct site *s, const char *names);

void site_init(struct site *s);
void site_fini(struct site *s);

/* "satellite" or "manager" */
const char *site_role_name(const struct site *s);

#endif
