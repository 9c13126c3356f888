/* cmd_certificate.c - the server's certificates. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "ctl/ctl.h"

static void join_names(const json_t *names, struct buf *out)
{
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name)
		buf_printf(out, "%s%s", i ? ", " : "", json_is_string(name) ? json_string_value(name) : "");
}

static void show_one(struct ctl *c, const json_t *row)
{
	AUTO_BUF names = BUF_INIT;
	AUTO_BUF digits = BUF_INIT;

	join_names(ctl_rows(row, "names"), &names);
	for (const char *p = ctl_get(row, "fingerprint"); *p; p++)
		if (*p != ':') /* 64 digits fit a line, with colons they would not */
			buf_addc(&digits, *p);
	buf_addc(&c->out, '\n');
	ctl_pair(c, "Purpose", ctl_get(row, "purpose"));
	ctl_pair(c, "  Subject", ctl_get(row, "subject"));
	ctl_pair(c, "  Names", names.data);
	ctl_pair(c, "  Issuer", ctl_get(row, "issuer"));
	ctl_pair(c, "  Serial number", ctl_get(row, "serialNumber"));
	ctl_pair_when(c, "  Valid from", ctl_get_time(row, "notBefore"));
	ctl_pair_when(c, "  Expires", ctl_get_time(row, "notAfter"));
	table_pair(&c->out, c->width, 11, "  SHA-256", digits.data);
}

static void show_certificates(struct ctl *c, const json_t *rows)
{
	const json_t *first = NULL, *row;
	char count[CTL_COUNT_SIZE], when[CLOCK_TEXT_SIZE], away[CTL_AWAY_SIZE];
	int64_t ends;
	size_t i;

	json_array_foreach (rows, i, row)
		if (first == NULL || ctl_get_time(row, "notAfter") < ctl_get_time(first, "notAfter"))
			first = row;
	if (first == NULL) {
		ctl_say(c, "The server has no certificate yet.");
		return;
	}
	ends = ctl_get_time(first, "notAfter");
	ctl_say(c, "%s; the first to expire is “%s”, on %s (%s).",
		ctl_count((int64_t)i, "certificate", "certificates", count), ctl_get(first, "purpose"),
		clock_text(ends, when), ctl_away(ends, away));
	json_array_foreach (rows, i, row)
		show_one(c, row);
}

int cmd_certificate_show(struct ctl *c, const struct ctl_args *a, struct err *e)
{

	(void)a;
	return ctl_get_show(c, "/certificates", "certificates", show_certificates, e);
}

static int chain_json(struct ctl *c, const char *of, const struct buf *pem, const char *file, struct err *e)
{
	AUTO_JSON *answer = json_object();
	json_t *text = json_stringn(pem->data, pem->n);

	if (text == NULL)
		return err_set(e, E_ANSWER_INVALID, "The trust chain in the answer is not text.");
	json_set_text(answer, "of", of);
	json_object_set_new(answer, "chain", text);
	if (file)
		json_set_text(answer, "file", file);
	json_set_text(answer, "status", "SUCCESS");
	json_set_text(answer, "statusMessage", "");
	ctl_json(c, answer);
	return 0;
}

int cmd_certificate_chain(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *of = args_flag(a, "licensing") ? "licensing" : "tls", *file = args_text(a, "out");
	AUTO_FREE char *path = mem_printf("/certificates/chain?of=%s", of);
	AUTO_BUF pem = BUF_INIT;

	if (client_text(c->client, path, &pem, e))
		return -1;
	if (strstr(pem.data, "-----BEGIN CERTIFICATE-----") == NULL)
		return err_set(e, E_ANSWER_INVALID, "The answer holds no certificate.");
	if (file && file_write(file, 0644, pem.data, pem.n, e))
		return -1;
	if (c->json)
		return chain_json(c, of, &pem, file, e);
	if (file)
		ctl_say(c, "%s holds the trust chain. It is public: give it to products and browsers.", file);
	else
		buf_add(&c->out, pem.data, pem.n);
	return 0;
}
