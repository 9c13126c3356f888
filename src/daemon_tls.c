#include "daemon_tls.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "lic/installed_tls.h"
#include "lic/own_tls.h"

#define PEM_FILE_MAX (1 << 20)

static const struct actor system_actor = { .kind = ACTOR_SYSTEM, .name = "system" };

int daemon_of_option(const char *option, struct err *e)
{
	const struct err why = *e;

	return err_field(e, why.code, option, "%s: %.480s", option, why.text);
}

char *daemon_server_names(const struct settings *s)
{
	char host[256] = "localhost";

	if (*s->server_name)
		return mem_strdup(s->server_name);
	gethostname(host, sizeof(host) - 1);
	return mem_strdup(host);
}

bool daemon_tls_configured(const struct daemon_tls *t)
{
	return *t->settings->tls_certificate != '\0';
}

static void forget(struct daemon_tls *t)
{
	buf_clear(&t->chain);
	buf_cleanse(&t->key);
}

/* ---- where it comes from ---- */

static int load_files(struct daemon_tls *t, struct err *e)
{
	forget(t);
	if (file_read(t->settings->tls_certificate, PEM_FILE_MAX, &t->chain, e))
		return daemon_of_option("tls_certificate", e);
	if (file_read(t->settings->tls_key, PEM_FILE_MAX, &t->key, e))
		return daemon_of_option("tls_key", e);
	t->source = TLS_CONFIGURED;
	return 0;
}

/* Installed, or the server's own. */
static int load_kept(void *arg, struct db *db, int64_t now, struct err *e)
{
	struct daemon_tls *t = arg;
	AUTO_FREE char *names = daemon_server_names(t->settings);
	struct arena arena;
	struct tx tx = { .db = db, .now = now, .site = t->site, .actor = &system_actor, .arena = &arena };
	int rc;

	forget(t);
	arena_init(&arena);
	rc = installed_tls_read(&tx, &t->chain, &t->key, e);
	t->source = rc == 1 ? TLS_INSTALLED : TLS_OWN;
	if (rc == 0)
		rc = own_tls_ensure(&tx, names, &t->chain, &t->key, e);
	arena_fini(&arena);
	return rc < 0 ? -1 : 0;
}

/* ---- into service ---- */

int daemon_tls_check(struct daemon_tls *t, struct err *e)
{
	struct tls *tls = NULL;

	if (!daemon_tls_configured(t))
		return 0;
	if (load_files(t, e))
		return -1;
	if (tls_new(t->chain.data ? t->chain.data : "", t->key.data ? t->key.data : "", &tls, e))
		return daemon_of_option("tls_certificate, tls_key", e);
	tls_free(tls);
	return 0;
}

int daemon_tls_start(struct daemon_tls *t, struct db *db, int64_t now, struct err *e)
{
	return daemon_tls_configured(t) ? 0 : load_kept(t, db, now, e);
}

int daemon_tls_open(struct daemon_tls *t, struct err *e)
{
	AUTO_FREE char *names = daemon_server_names(t->settings);

	site_set_tls_names(t->site, names);
	if (tls_new(t->chain.data, t->key.data, &t->tls, e))
		return -1;
	site_set_tls_chain(t->site, t->chain.data, t->source);
	buf_cleanse(&t->key);
	return 0;
}

void daemon_tls_refresh(struct daemon_tls *t, struct writer *writer)
{
	AUTO_FREE char *names = daemon_server_names(t->settings);
	struct err e = ERR_INIT;
	int rc;

	site_set_tls_names(t->site, names);
	pthread_mutex_lock(&t->lock);
	rc = daemon_tls_configured(t) ? load_files(t, &e) : writer_call(writer, load_kept, t, &e);
	if (rc || tls_replace(t->tls, t->chain.data, t->key.data, &e))
		log_error("tls", "the TLS certificate stays as it is: %s", e.text);
	else
		site_set_tls_chain(t->site, t->chain.data, t->source);
	buf_cleanse(&t->key);
	pthread_mutex_unlock(&t->lock);
}

/* One that was just installed or removed. Under the lock, so that a refresh that read the database before does not put
 * the older one back. */
static int serve(void *arg, const char *chain_pem, const char *key_pem, enum tls_source source, struct err *e)
{
	struct daemon_tls *t = arg;
	int rc;

	pthread_mutex_lock(&t->lock);
	rc = tls_replace(t->tls, chain_pem, key_pem, e);
	if (rc == 0)
		site_set_tls_chain(t->site, chain_pem, source);
	pthread_mutex_unlock(&t->lock);
	return rc;
}

/* ---- life ---- */

void daemon_tls_init(struct daemon_tls *t, struct site *site, const struct settings *settings)
{
	*t = (struct daemon_tls){ .site = site, .settings = settings };
	pthread_mutex_init(&t->lock, NULL);
	site->serve_tls = serve;
	site->serve_tls_arg = t;
}

void daemon_tls_fini(struct daemon_tls *t)
{
	if (t->tls)
		tls_free(t->tls);
	buf_fini(&t->chain);
	buf_cleanse(&t->key);
	pthread_mutex_destroy(&t->lock);
}
