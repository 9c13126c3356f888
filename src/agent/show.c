/* The texts of `show license`, in the form of the product's own: blank lines are a single space in `all`, empty in
 * `summary`; the name column of `summary` is cut to 27 characters, one less than its width. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/show.h"
#include "base/clock.h"

#define NAME_SHOWN 27
#define NO_CONTACT "  Next Communication Attempt: NONE (License Reservation)\n"
#define RULE_N 134
#define REASON_COLUMNS 79
#define REASON_INDENT 6

char *show_time(int64_t at, char out[SHOW_TIME_SIZE])
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t s = (time_t)(at / SECOND_MS);
	struct tm tm;

	if (localtime_r(&s, &tm) == NULL || tm.tm_mon < 0 || tm.tm_mon > 11)
		snprintf(out, SHOW_TIME_SIZE, "-");
	else
		snprintf(out, SHOW_TIME_SIZE, "%s %d %02d:%02d:%02d %d %s", months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
			 tm.tm_min, tm.tm_sec, tm.tm_year + 1900, tm.tm_zone);
	return out;
}

void show_reason(struct buf *out, const char *reason)
{
	static const char label[] = "    Failure reason: ";
	size_t column = strlen(label);
	const char *word = reason;

	buf_adds(out, label);
	while (*word) {
		size_t n = strcspn(word, " ");

		if (word != reason && column + 1 + n > REASON_COLUMNS) {
			buf_printf(out, "\n%*s", REASON_INDENT, "");
			column = REASON_INDENT;
		} else if (word != reason) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, word, n);
		column += n;
		word += n + strspn(word + n, " ");
	}
	buf_addc(out, '\n');
}

void show_line_at(struct buf *out, const char *label, int64_t at)
{
	char text[SHOW_TIME_SIZE];

	buf_printf(out, "%s%s\n", label, show_time(at, text));
}

static const char *text_of(const char *s)
{
	return s ? s : "";
}

static const char *allowed(const struct agent *a)
{
	return a->export_allowed ? "Allowed" : "Not Allowed";
}

static void evaluation_left(const struct agent *a, int64_t now, struct buf *out)
{
	int64_t s = agent_evaluation_left(a, now) / SECOND_MS;

	buf_printf(out, "  Evaluation Period Remaining: %" PRId64 " days %" PRId64 " hr %" PRId64 " min %" PRId64 " sec\n",
		   s / 86400, s / 3600 % 24, s / 60 % 60, s % 60);
}

/* When the period ended, also if the end has not been written down yet. */
static int64_t evaluation_end(const struct agent *a, int64_t now)
{
	struct agent at = *a;

	evaluation_account(&at, now);
	return at.evaluation_expired_at;
}

static void attempt_line(const char *label, const struct attempt *t, bool dated, struct buf *out)
{
	char at[SHOW_TIME_SIZE];

	buf_printf(out, "%s%s%s%s\n", label, t->ok ? "SUCCEEDED" : "FAILED", dated ? " on " : "",
		   dated ? show_time(t->at, at) : "");
	if (!t->ok && t->reason)
		show_reason(out, t->reason);
}

static int64_t next_renewal(const struct agent *a)
{
	return a->renewal.next_at ? a->renewal.next_at : a->renew_at;
}

/* The authorization's next renewal; the daily usage report that renews it earlier is not announced here. */
static int64_t next_contact(const struct agent *a)
{
	return a->contact.next_at ? a->contact.next_at : a->authorization_renew_at;
}

/* Status and, while there is no registration, why. */
static void registration_head(const struct agent *a, int64_t now, bool dated, struct buf *out)
{
	enum agent_registration r = agent_registration(a, now);

	buf_printf(out, "Registration:\n  Status: %s\n", agent_registration_name(r));
	if (r == AGENT_REGISTERED && a->gone)
		buf_adds(out, "    The server does not know this registration any more. Register again:\n"
			      "    license smart register idtoken TOKEN\n");
	if (r == AGENT_REGISTERED || r == AGENT_REGISTRATION_EXPIRED)
		buf_printf(out, "  Smart Account: %s\n  Virtual Account: %s\n", text_of(a->smart_account),
			   text_of(a->virtual_account));
	if (r != AGENT_REGISTERED && !dated)
		buf_adds(out, "  Export-Controlled Functionality: Not Allowed\n");
	if (dated)
		buf_printf(out, "  Export-Controlled Functionality: %s\n",
			   r == AGENT_REGISTERED ? allowed(a) : "Not Allowed");
	if ((r == AGENT_REGISTERING || r == AGENT_REGISTRATION_FAILED) && a->registration.at)
		attempt_line("  Initial Registration: ", &a->registration, dated, out);
	if (r == AGENT_REGISTERING && a->registration.next_at)
		show_line_at(out, "  Next Registration Attempt: ", a->registration.next_at);
}

static void registration_all(const struct agent *a, int64_t now, struct buf *out)
{
	enum agent_registration r = agent_registration(a, now);
	struct attempt first = { .at = a->code ? a->reserved_at : a->registered_at, .ok = true };

	registration_head(a, now, true, out);
	if (r == AGENT_RESERVED)
		attempt_line("  Initial Registration: ", &first, true, out);
	if (r != AGENT_REGISTERED && r != AGENT_REGISTRATION_EXPIRED)
		return;
	attempt_line("  Initial Registration: ", &first, true, out);
	attempt_line("  Last Renewal Attempt: ", a->renewal.at ? &a->renewal : &first, true, out);
	if (r == AGENT_REGISTERED)
		show_line_at(out, "  Next Renewal Attempt: ", next_renewal(a));
	show_line_at(out, "  Registration Expires: ", a->expires_at);
}

/* `AUTHORIZED`, `EVALUATION MODE`, …: with the time since when, after the word that is given. */
static void authorization_status(const struct agent *a, int64_t now, const char *label, const char *word, struct buf *out)
{
	enum agent_authorization s = agent_authorization(a, now);
	int64_t at = 0;
	char text[SHOW_TIME_SIZE];

	switch (s) {
	case AGENT_EVALUATION:
	case AGENT_AUTHORIZATION_PENDING:
		break;
	case AGENT_EVALUATION_EXPIRED:
		at = evaluation_end(a, now);
		break;
	case AGENT_AUTHORIZED:
	case AGENT_OUT_OF_COMPLIANCE:
		at = a->authorized_at;
		break;
	case AGENT_AUTHORIZATION_EXPIRED:
		at = a->authorization_expires_at;
		break;
	case AGENT_AUTHORIZED_RESERVED:
	case AGENT_NOT_AUTHORIZED_RESERVED:
		at = reservation_judged_at(a, now);
		break;
	}
	buf_printf(out, "%s%s", label, agent_authorization_name(s));
	if (at && word)
		buf_printf(out, " %s %s", word, show_time(at, text));
	buf_addc(out, '\n');
	if (s == AGENT_EVALUATION)
		evaluation_left(a, now, out);
}

static void authorization_all(const struct agent *a, int64_t now, struct buf *out)
{
	enum agent_authorization s = agent_authorization(a, now);

	buf_adds(out, "License Authorization:\n");
	authorization_status(a, now, "  Status: ", "on", out);
	if (!agent_is_registered(a, now) || a->contact.at == 0) {
		buf_adds(out, "  Last Communication Attempt: NONE\n");
		if (a->code)
			buf_adds(out, NO_CONTACT);
		return;
	}
	attempt_line("  Last Communication Attempt: ", &a->contact, true, out);
	show_line_at(out, "  Next Communication Attempt: ", next_contact(a));
	if (s == AGENT_AUTHORIZATION_EXPIRED)
		buf_adds(out, "  Communication Deadline: DEADLINE EXCEEDED\n");
	else if (a->authorized_at)
		show_line_at(out, "  Communication Deadline: ", a->authorization_expires_at);
}

static void evaluation_all(const struct agent *a, int64_t now, struct buf *out)
{
	int64_t end = evaluation_end(a, now);

	buf_printf(out, "Evaluation Period:\n  Evaluation Mode: %s\n",
		   agent_authorization(a, now) == AGENT_EVALUATION ? "In Use" : "Not In Use");
	if (end)
		show_line_at(out, "  EVALUATION PERIOD EXPIRED on ", end);
	else
		evaluation_left(a, now, out);
}

static const struct granted *granted_of(const struct agent *a, const char *tag)
{
	for (size_t i = 0; i < a->granted_n; i++)
		if (strcmp(a->granted[i].tag, tag) == 0)
			return &a->granted[i];
	return NULL;
}

/* What the server said while that is still true, else what state it is in here. */
const char *license_status(const struct agent *a, const char *tag, int64_t now)
{
	const struct granted *g = granted_of(a, tag);

	if (agent_usage_count(a, tag) == 0)
		return "Init";
	switch (agent_authorization(a, now)) {
	case AGENT_EVALUATION:
		return "Eval";
	case AGENT_EVALUATION_EXPIRED:
		return "EvalExpired";
	case AGENT_AUTHORIZATION_EXPIRED:
		return "AuthorizationExpired";
	case AGENT_AUTHORIZED_RESERVED:
	case AGENT_NOT_AUTHORIZED_RESERVED:
		return agent_usage_count(a, tag) > reservation_count(a, tag, now) ? "NotAuthorized" : "InCompliance";
	case AGENT_AUTHORIZATION_PENDING:
	case AGENT_AUTHORIZED:
	case AGENT_OUT_OF_COMPLIANCE:
		break;
	}
	return g ? text_of(g->status) : "Waiting";
}

/* What the server or the authorization code says of a license, else the catalogue, else nothing. */
static const char *described(const char *server, const char *code, const char *catalogue)
{
	return server && *server ? server : code && *code ? code : text_of(catalogue);
}

static void usage_all(const struct agent *a, int64_t now, struct buf *out)
{
	buf_adds(out, "License Usage\n=============\n");
	authorization_status(a, now, "License Authorization Status: ", "as of", out);
	buf_adds(out, " \n");
	for (size_t i = 0; i < a->usage_n; i++) {
		const char *tag = a->usage[i].tag;
		const struct granted *g = granted_of(a, tag);
		const struct slr_entitlement *r = reservation_of(a, tag);
		const struct product_license *l = product_license_find(tag);

		if (a->usage[i].count == 0)
			continue;
		buf_printf(out, "%s (%s)\n",
			   described(g ? g->display_name : NULL, r ? r->display_name : NULL, l ? l->display_name : NULL),
			   tag);
		buf_printf(out, "  Description: %s\n",
			   described(g ? g->description : NULL, r ? r->description : NULL, l ? l->description : NULL));
		buf_printf(out, "  Count: %" PRId64 "\n", a->usage[i].count);
		buf_printf(out, "  Version: %s\n", described(g ? g->version : NULL, NULL, l ? l->version : NULL));
		buf_printf(out, "  Status: %s\n", license_status(a, tag, now));
		if (a->code)
			buf_printf(out, "  Total Reserved Count: %" PRId64 "\n", reservation_count(a, tag, now));
		buf_adds(out, " \n");
	}
}

static void status_all(const struct agent *a, int64_t now, struct buf *out)
{
	buf_adds(out, "Smart Licensing Status\n=======================\nSmart Licensing is ENABLED\n");
	if (a->reservation_enabled)
		buf_adds(out, "License Reservation is ENABLED\n");
	buf_adds(out, " \n");
	registration_all(a, now, out);
	buf_adds(out, " \n");
	authorization_all(a, now, out);
	buf_adds(out, " \n");
	evaluation_all(a, now, out);
	buf_adds(out, " \n");
}

static void udi_all(const struct agent *a, struct buf *out)
{
	buf_adds(out, "Product Information\n===================\nUDI: ");
	udi_text(a, out);
	buf_adds(out, "\n \n");
}

static void agent_all(struct buf *out)
{
	buf_adds(out, "Agent Version\n=============\nSmart Agent for Licensing: " AGENT_VERSION "\n");
}

/* The name is the server's or the code's, so it is empty until the license was reported. Never cuts a character in
 * two. */
static void summary_row(const struct agent *a, const char *tag, int64_t now, struct buf *out)
{
	const struct granted *g = granted_of(a, tag);
	const struct slr_entitlement *r = reservation_of(a, tag);
	const char *name = g ? text_of(g->display_name) : r ? r->display_name : "";
	size_t bytes = 0, shown = 0;

	for (; name[bytes] && (shown < NAME_SHOWN || ((unsigned char)name[bytes] & 0xc0) == 0x80); bytes++)
		shown += ((unsigned char)name[bytes] & 0xc0) != 0x80;
	while (bytes && name[bytes - 1] == ' ') {
		bytes--;
		shown--;
	}
	buf_printf(out, "  %.*s%*s%-87s%-13" PRId64 "%s\n", (int)bytes, name, (int)(NAME_SHOWN + 1 - shown), "", tag,
		   agent_usage_count(a, tag), license_status(a, tag, now));
}

/* Is there a row of usage, perhaps with 0? */
static bool is_used(const struct agent *a, const char *tag)
{
	for (size_t i = 0; i < a->usage_n; i++)
		if (strcmp(a->usage[i].tag, tag) == 0)
			return true;
	return false;
}

static void usage_summary(const struct agent *a, int64_t now, struct buf *out)
{
	char rule[RULE_N + 1];
	const struct product_license *l;

	memset(rule, '-', RULE_N);
	rule[RULE_N] = '\0';
	buf_printf(out, "License Usage:\n  %-28s%-87s%-13s%s\n  %s\n", "License", "Entitlement Tag", "Count", "Status",
		   rule);
	for (size_t i = 0; (l = product_license_at(i)); i++)
		summary_row(a, l->tag, now, out);
	for (size_t i = 0; i < a->usage_n; i++)
		if (product_license_find(a->usage[i].tag) == NULL)
			summary_row(a, a->usage[i].tag, now, out);
	for (size_t i = 0; a->code && i < a->code->n; i++) {
		const struct slr_entitlement *r = &a->code->entitlements[i];

		if (reservation_of(a, r->tag) == r && product_license_find(r->tag) == NULL && !is_used(a, r->tag))
			summary_row(a, r->tag, now, out);
	}
}

static void summary(const struct agent *a, int64_t now, struct buf *out)
{
	bool registered = agent_is_registered(a, now);

	buf_adds(out, "Smart Licensing is ENABLED.\n");
	if (a->reservation_enabled)
		buf_adds(out, "License Reservation is ENABLED.\n");
	buf_addc(out, '\n');
	registration_head(a, now, false, out);
	if (registered) {
		if (a->renewal.at)
			attempt_line("  Last Renewal Attempt: ", &a->renewal, false, out);
		else
			buf_adds(out, "  Last Renewal Attempt: None\n");
		show_line_at(out, "  Next Renewal Attempt: ", next_renewal(a));
	}
	buf_adds(out, "\nLicense Authorization:\n");
	authorization_status(a, now, "  Status: ", NULL, out);
	if (registered && a->contact.at) {
		attempt_line("  Last Communication Attempt: ", &a->contact, false, out);
		show_line_at(out, "  Next Communication Attempt: ", next_contact(a));
	}
	if (a->code)
		buf_adds(out, NO_CONTACT);
	buf_addc(out, '\n');
	usage_summary(a, now, out);
}

/* A section as it stands in `all`, without the blank line that divides it from the next. */
static void undivided(struct buf *out, size_t start)
{
	if (out->n >= start + 2 && memcmp(out->data + out->n - 2, " \n", 2) == 0) {
		out->n -= 2;
		out->data[out->n] = '\0';
	}
}

int agent_show(const struct agent *a, const char *what, int64_t now, struct buf *out)
{
	size_t start = out->n;

	if (strcmp(what, "summary") == 0) {
		summary(a, now, out);
	} else if (strcmp(what, "all") == 0) {
		status_all(a, now, out);
		usage_all(a, now, out);
		reservation_all(a, now, out);
		udi_all(a, out);
		agent_all(out);
	} else if (strcmp(what, "status") == 0) {
		status_all(a, now, out);
		undivided(out, start);
	} else if (strcmp(what, "usage") == 0) {
		usage_all(a, now, out);
		undivided(out, start);
	} else if (strcmp(what, "udi") == 0) {
		udi_all(a, out);
		undivided(out, start);
	} else if (strcmp(what, "tech") == 0) {
		tech_show(a, now, out);
	} else {
		return -1;
	}
	return 0;
}
