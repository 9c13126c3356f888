#include "lic/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "db/q.h"

void site_init(struct site *s)
{
	memset(s, 0, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
}

void site_fini(struct site *s)
{
	identity_put(s->identity);
	free(s->tls_chain);
	free(s->tls_names);
	mem_cleanse(&s->seal, sizeof(s->seal));
	pthread_mutex_destroy(&s->lock);
}

const char *site_role_name(const struct site *s)
{
	return s->role == SITE_MANAGER ? "manager" : "satellite";
}

int site_load(struct tx *tx, struct err *e)
{
	struct site *s = tx->site;
	struct identity *i = NULL;
	const char *text;
	int rc;

	rc = q_setting_get(tx->db, tx->arena, "role", &text, e);
	if (rc == 1 && strcmp(text, site_role_name(s)) != 0)
		return err_set(e, E_DATABASE_ERROR, "%s is the database of a %s; this program is a %s.", s->database, text,
			       site_role_name(s));
	if (rc < 0 || (rc == 0 && q_setting_set(tx->db, "role", site_role_name(s), e)))
		return -1;
	rc = q_setting_get(tx->db, tx->arena, "uuid", &text, e);
	if (rc < 0)
		return -1;
	if (rc == 1)
		str_copy(s->uuid, sizeof(s->uuid), text);
	else if (q_setting_set(tx->db, "uuid", rand_uuid(s->uuid), e))
		return -1;
	rc = identity_read(tx, &i, e);
	if (rc < 0)
		return -1;
	if (rc == 1)
		site_set_identity(s, i);
	return 0;
}

struct identity *site_identity(struct site *s)
{
	struct identity *i;

	pthread_mutex_lock(&s->lock);
	i = s->identity;
	if (i)
		i->users++;
	pthread_mutex_unlock(&s->lock);
	return i;
}

void site_set_identity(struct site *s, struct identity *i)
{
	struct identity *old;

	pthread_mutex_lock(&s->lock);
	old = s->identity;
	s->identity = i;
	pthread_mutex_unlock(&s->lock);
	identity_put(old);
}

int site_tls_chain(struct site *s, struct buf *out)
{
	int found;

	pthread_mutex_lock(&s->lock);
	found = s->tls_chain != NULL;
	if (found)
		buf_adds(out, s->tls_chain);
	pthread_mutex_unlock(&s->lock);
	return found;
}

void site_set_tls_chain(struct site *s, const char *pem, enum tls_source source)
{
	char *fresh = mem_strdup(source == TLS_OWN ? NULL : pem), *old;

	pthread_mutex_lock(&s->lock);
	old = s->tls_chain;
	s->tls_chain = fresh;
	s->tls_source = source;
	pthread_mutex_unlock(&s->lock);
	free(old);
}

enum tls_source site_tls_source(struct site *s)
{
	enum tls_source source;

	pthread_mutex_lock(&s->lock);
	source = s->tls_source;
	pthread_mutex_unlock(&s->lock);
	return source;
}

void site_tls_names(struct site *s, struct buf *out)
{
	pthread_mutex_lock(&s->lock);
	buf_adds(out, s->tls_names ? s->tls_names : "");
	pthread_mutex_unlock(&s->lock);
}

void site_set_tls_names(struct site *s, const char *names)
{
	char *fresh = mem_strdup(names), *old;

	pthread_mutex_lock(&s->lock);
	old = s->tls_names;
	s->tls_names = fresh;
	pthread_mutex_unlock(&s->lock);
	free(old);
}
