/* A reservation as `show license` and --json tell it. */
#include <inttypes.h>
#include <string.h>

#include "agent/show.h"
#include "base/clock.h"

/* `NOT ENABLED`, `ENABLED`, `IN PROGRESS`, `SPECIFIC INSTALLED`. */
static const char *status(const struct agent *a)
{
	if (a->code)
		return "SPECIFIC INSTALLED";
	if (a->reservation_in_progress)
		return "IN PROGRESS";
	return a->reservation_enabled ? "ENABLED" : "NOT ENABLED";
}

/* `In force`, `Not yet`, `Ended`. */
static const char *term(const struct agent *a, const struct slr_entitlement *r, int64_t now)
{
	if (reservation_in_force(a, r, now))
		return "In force";
	return agent_time(a, now) < r->start_at ? "Not yet" : "Ended";
}

static void entitlement(const struct agent *a, const struct slr_entitlement *r, int64_t now, struct buf *out)
{
	buf_printf(out, "%s (%s)\n", r->display_name, r->tag);
	buf_printf(out, "  Description: %s\n", r->description);
	buf_printf(out, "  Reserved Count: %" PRId64 "\n", r->count);
	buf_printf(out, "  License Type: %s\n", r->license_type);
	if (r->start_at)
		show_line_at(out, "  Start Date: ", r->start_at);
	if (r->end_at)
		show_line_at(out, "  End Date: ", r->end_at);
	if (*r->subscription_id)
		buf_printf(out, "  Subscription ID: %s\n", r->subscription_id);
	buf_printf(out, "  Term: %s\n \n", term(a, r, now));
}

static void request_code(const struct agent *a, struct buf *out)
{
	char uuid[40];
	struct slr_request request = { .udi = reservation_udi(a, uuid), .nonce = "" };

	slr_request_write(&request, out);
}

void reservation_all(const struct agent *a, int64_t now, struct buf *out)
{
	char confirmation[SLR_CONFIRMATION_SIZE], text[SHOW_TIME_SIZE];

	if (!a->reservation_enabled && a->return_code == NULL)
		return;
	buf_printf(out, "License Reservation\n===================\nReservation Status: %s", status(a));
	buf_printf(out, "%s%s\n", a->code ? " on " : "", a->code ? show_time(a->code_at, text) : "");
	if (a->requested_at) {
		buf_adds(out, "Request Code: ");
		request_code(a, out);
		buf_addc(out, '\n');
	}
	if (a->code) {
		show_line_at(out, "Authorization Code Issued: ", a->code->timestamp);
		buf_printf(out, "Product Instance: %s\n", a->code->piid);
		buf_printf(out, "Last Confirmation Code: %s\n", slr_confirmation(a->code, confirmation));
	}
	if (a->return_code)
		buf_printf(out, "Last Return Code: %s on %s\n", a->return_code, show_time(a->returned_at, text));
	buf_adds(out, " \n");
	for (size_t i = 0; a->code && i < a->code->n; i++)
		entitlement(a, &a->code->entitlements[i], now, out);
}

static json_t *entitlements(const struct agent *a, int64_t now)
{
	json_t *list = json_array();

	for (size_t i = 0; a->code && i < a->code->n; i++) {
		const struct slr_entitlement *r = &a->code->entitlements[i];
		json_t *row = json_object();

		json_set_text(row, "tag", r->tag);
		json_set_text(row, "displayName", r->display_name);
		json_set_int(row, "count", r->count);
		json_set_text(row, "licenseType", r->license_type);
		json_set_time(row, "startAt", r->start_at);
		json_set_time(row, "endAt", r->end_at);
		json_set_text(row, "subscriptionId", r->subscription_id);
		json_set_bool(row, "isInForce", reservation_in_force(a, r, now));
		json_array_append_new(list, row);
	}
	return list;
}

void reservation_describe(const struct agent *a, int64_t now, json_t *obj)
{
	char confirmation[SLR_CONFIRMATION_SIZE];
	AUTO_BUF request = BUF_INIT;
	json_t *r = json_object();

	if (a->requested_at)
		request_code(a, &request);
	json_set_bool(r, "enabled", a->reservation_enabled);
	json_set_text(r, "status", status(a));
	json_set_text(r, "requestCode", request.data);
	json_set_time(r, "requestedAt", a->requested_at);
	json_set_time(r, "installedAt", a->code_at);
	json_set_time(r, "codeIssuedAt", a->code ? a->code->timestamp : 0);
	json_set_time(r, "newestCodeIssuedAt", a->newest_code);
	json_set_text(r, "productInstanceIdentifier", a->code ? a->code->piid : NULL);
	json_set_text(r, "confirmationCode", a->code ? slr_confirmation(a->code, confirmation) : NULL);
	json_set_text(r, "returnCode", a->return_code);
	json_set_time(r, "returnedAt", a->returned_at);
	json_object_set_new(r, "entitlements", entitlements(a, now));
	json_object_set_new(obj, "reservation", r);
}
