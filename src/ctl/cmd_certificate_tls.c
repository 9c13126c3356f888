/* cmd_certificate_tls.c - the TLS certificate: request, install, remove. */
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "ctl/ctl.h"

#define PEM_MAX (256 << 10)

static int put_pem(json_t *body, const char *name, const char *file, struct err *e)
{
	struct buf pem = BUF_INIT;
	int rc = file_read(file, PEM_MAX, &pem, e);

	if (rc == 0 && (pem.n == 0 || !str_utf8(pem.data, pem.n) || strstr(pem.data, "-----BEGIN ") == NULL))
		rc = err_set(e, E_CERTIFICATE_INVALID, "%s is not in PEM form (-----BEGIN …).", file);
	if (rc == 0)
		json_set_text(body, name, pem.data);
	buf_cleanse(&pem);
	return rc;
}

static void say_request(struct ctl *c, const json_t *answer, const char *file)
{
	ctl_say(c, "%s holds the certificate signing request (%s).", file, ctl_get(answer, "key"));
	ctl_say(c, "Have your CA sign it as a TLS server, then install the certificate with its chain:");
	ctl_hint(c, "certificate install chain.pem");
}

int cmd_certificate_request(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object(), *answer = NULL;
	const char *file = args_text(a, "out"), *pem;
	json_t *names = json_array();

	for (size_t i = 0; i < a->pos_n; i++)
		json_array_append_new(names, json_string(a->pos[i]));
	json_object_set_new(body, "names", names);
	ctl_put_text(body, "organization", a, "organization");
	ctl_put_text(body, "key", a, "key");
	json_set_bool(body, "newKey", args_flag(a, "new-key"));
	if (ctl_post(c, "/certificates/tls/csr", body, &answer, e))
		return -1;
	pem = ctl_get(answer, "request");
	if (file && file_write(file, 0644, pem, strlen(pem), e))
		return -1;
	if (c->json)
		ctl_json(c, answer);
	else if (file)
		say_request(c, answer, file);
	else
		buf_adds(&c->out, pem);
	return 0;
}

static void show_install(struct ctl *c, const json_t *answer)
{
	const json_t *leaf = json_array_get(ctl_rows(answer, "certificates"), 0), *one;
	AUTO_BUF names = BUF_INIT;
	size_t i;

	json_array_foreach (ctl_rows(leaf, "names"), i, one)
		buf_printf(&names, "%s%s", i ? ", " : "", json_is_string(one) ? json_string_value(one) : "");
	if (ctl_get_bool(answer, "installed"))
		ctl_say(c, "The certificate is installed; from the next connection on clients see it.");
	else
		ctl_say(c, "The certificate can be installed. Nothing was changed.");
	buf_addc(&c->out, '\n');
	ctl_pair(c, "Subject", ctl_get(leaf, "subject"));
	ctl_pair(c, "Names", names.data);
	ctl_pair(c, "Issuer", ctl_get(leaf, "issuer"));
	ctl_pair_when(c, "Expires", ctl_get_time(leaf, "notAfter"));
	json_array_foreach (ctl_rows(answer, "warnings"), i, one)
		if (json_is_string(one))
			ctl_warn(json_string_value(one));
}

int cmd_certificate_install(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object(), *answer = NULL;
	const char *key = args_text(a, "key");

	if (put_pem(body, "chain", a->pos[0], e) || (key && put_pem(body, "privateKey", key, e)))
		return -1;
	json_set_bool(body, "check", args_flag(a, "check"));
	json_set_bool(body, "force", args_flag(a, "force"));
	if (ctl_post(c, "/certificates/tls/install", body, &answer, e))
		return -1;
	if (c->json)
		ctl_json(c, answer);
	else
		show_install(c, answer);
	return 0;
}

int cmd_certificate_remove(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;

	(void)a;
	if (ctl_post(c, "/certificates/tls/remove", NULL, &answer, e))
		return -1;
	if (ctl_get_bool(answer, "removed"))
		ctl_done(
			c, answer,
			"The installed certificate is removed. Clients see the one that the server made itself; they must trust its "
			"chain, which certificate chain prints.");
	else
		ctl_done(c, answer, "No certificate was installed. Nothing was changed.");
	return 0;
}
