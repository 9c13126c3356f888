/* `license smart reservation …`. */
#include <inttypes.h>
#include <string.h>

#include "agent/command.h"
#include "agent/fetch.h"
#include "agent/reserve.h"

int do_reservation_enable(struct call *c)
{
	if (agent_reservation_enable(c->a, c->now, c->e))
		return -1;
	buf_adds(c->out, "License reservation mode is enabled successfully.\n"
			 "Get the request code with: license smart reservation request\n");
	return 0;
}

int do_reservation_disable(struct call *c)
{
	if (agent_reservation_disable(c->a, c->e))
		return -1;
	buf_adds(c->out, "License reservation mode is disabled.\n");
	return 0;
}

/* The code alone, to be copied. */
int do_reservation_request(struct call *c)
{
	AUTO_BUF code = BUF_INIT;

	if (agent_reservation_request(c->a, c->now, &code, c->e))
		return -1;
	buf_printf(c->out, "%s\n", code.data);
	json_set_text(c->json, "requestCode", code.data);
	return 0;
}

int do_reservation_cancel(struct call *c)
{
	if (agent_reservation_cancel(c->a, c->e))
		return -1;
	buf_adds(c->out, "The license reservation request is cancelled.\n");
	return 0;
}

/* What is in use beyond the reservation: which, how many, what to do. */
void print_reserved(struct call *c)
{
	const struct agent *a = c->a;

	print_authorization(c);
	for (size_t i = 0; i < a->usage_n; i++) {
		const char *tag = a->usage[i].tag;
		const struct slr_entitlement *r = reservation_of(a, tag);
		const struct product_license *l = product_license_find(tag);
		int64_t reserved = reservation_count(a, tag, c->now);

		if (a->usage[i].count > reserved)
			buf_printf(c->out, "%s: %" PRId64 " in use, %" PRId64 " reserved.\n",
				   r && *r->display_name ? r->display_name
				   : l                   ? l->display_name
							 : tag,
				   a->usage[i].count, reserved);
	}
	if (reservation_exceeded(a, c->now))
		buf_adds(
			c->out,
			"Use fewer, or have the reservation updated at the server and install the new authorization code.\n");
}

static int install(struct call *c, const char *code, size_t n)
{
	char confirmation[SLR_CONFIRMATION_SIZE];

	if (agent_reservation_install(c->a, code, n, c->now, confirmation, c->e))
		return -1;
	buf_printf(c->out, "Authorization code installed successfully.\nConfirmation code: %s\n", confirmation);
	json_set_text(c->json, "confirmationCode", confirmation);
	print_reserved(c);
	return 0;
}

int do_reservation_install(struct call *c)
{
	return install(c, c->arg[0], strlen(c->arg[0]));
}

/* One byte more than a code with a line end, so that a larger file is seen to be one. */
#define FILE_MAX (SLR_CODE_MAX + 2)

int do_reservation_install_file(struct call *c)
{
	const struct fetch from = { .url = c->arg[0], .dir = c->a->dir, .ask = c->a->ask, .ask_arg = c->a->ask_arg };
	AUTO_BUF code = BUF_INIT;

	if (fetch_sftp(&from, FILE_MAX, &code, c->e))
		return -1;
	while (code.n && strchr(" \t\r\n", code.data[code.n - 1]))
		code.n--;
	return install(c, code.n ? code.data : "", code.n);
}

static int print_return(struct call *c, const char *code)
{
	buf_printf(
		c->out,
		"Return code: %s\nTell it to the server that issued the authorization code; until then the licenses stay "
		"reserved there.\n",
		code);
	json_set_text(c->json, "returnCode", code);
	return 0;
}

int do_reservation_return(struct call *c)
{
	char code[SLR_RETURN_SIZE];

	return agent_reservation_return(c->a, c->now, code, c->e) ? -1 : print_return(c, code);
}

int do_reservation_return_authorization(struct call *c)
{
	char code[SLR_RETURN_SIZE];

	if (agent_reservation_return_authorization(c->a, c->arg[0], strlen(c->arg[0]), c->now, code, c->e))
		return -1;
	return print_return(c, code);
}
