/* The product's clock and its alerts. */
#include <stdlib.h>
#include <string.h>

#include "agent/state.h"
#include "base/clock.h"

#define JUMP_MS HOUR_MS
#define BEHIND_MS (5 * MINUTE_MS)

int64_t agent_time(const struct agent *a, int64_t now)
{
	return a->clock_wrong_at || now < a->seen_at ? a->seen_at : now;
}

static void retry_soon(struct attempt *t, int64_t now)
{
	if (t->next_at > now + DAY_MS)
		t->next_at = now;
	if (t->at > now)
		t->at = now;
}

void clock_trust(struct agent *a, int64_t now)
{
	a->clock_wrong_at = 0;
	a->seen_at = now;
	if (a->evaluation_counted_at > now)
		a->evaluation_counted_at = now;
	retry_soon(&a->registration, now);
	retry_soon(&a->renewal, now);
	retry_soon(&a->contact, now);
}

/* The server compares the clocks: its answer tells whether it is ours that is wrong. */
static void clock_distrust(struct agent *a, int64_t now)
{
	bool registered = agent_is_registered(a, a->seen_at);

	a->clock_wrong_at = now;
	if (registered)
		a->contact.next_at = now;
}

bool clock_see(struct agent *a, int64_t now)
{
	bool behind = now < a->seen_at - BEHIND_MS;
	bool was_ahead = a->clock_wrong_at > a->seen_at;

	if (a->clock_wrong_at && !behind && (!was_ahead || now < a->clock_wrong_at - JUMP_MS)) {
		clock_trust(a, now);
		return true;
	}
	if (behind && (a->clock_wrong_at == 0 || was_ahead)) {
		clock_distrust(a, now);
		return true;
	}
	if (a->clock_wrong_at || now <= a->seen_at)
		return false;
	a->seen_at = now;
	if (now - a->seen_saved_at < HOUR_MS)
		return false;
	a->seen_saved_at = now;
	return true;
}

int agent_clock_watch(struct agent *a, struct agent_watch *w, int64_t now, int64_t mono, struct err *e)
{
	int64_t drift = now - w->wall - (mono - w->mono);
	bool apart = w->mono && (drift > JUMP_MS || drift < -JUMP_MS);
	bool was = a->clock_wrong_at != 0;

	if (w->wrong && !was)
		apart = false; /* it was accepted meanwhile */
	if (apart && !was) {
		int64_t expected = w->wall + (mono - w->mono);

		if (a->seen_at > expected)
			a->seen_at = expected; /* a command was quicker */
		clock_distrust(a, now);
	}
	if (!apart && was && w->wrong)
		clock_trust(a, now);
	w->wrong = a->clock_wrong_at != 0;
	if (!w->wrong || w->mono == 0) {
		w->wall = now;
		w->mono = mono;
	}
	return was != w->wrong ? state_save(a, e) : 0;
}

int agent_clock_accept(struct agent *a, int64_t now, struct err *e)
{
	clock_trust(a, now);
	return state_save(a, e);
}

static bool export_alert(const struct agent *a, int64_t now)
{
	return a->mixed_mode && !(agent_is_registered(a, now) && a->export_allowed);
}

bool alerts_update(struct agent *a, int64_t now)
{
	bool stands = export_alert(a, now);

	if (stands == (a->export_alert_at != 0))
		return false;
	a->export_alert_at = stands ? now : 0;
	return true;
}

unsigned agent_alerts(const struct agent *a, int64_t now)
{
	bool clock = a->clock_wrong_at || now < a->seen_at - BEHIND_MS;

	return (export_alert(a, now) ? AGENT_ALERT_EXPORT : 0u) | (clock ? AGENT_ALERT_CLOCK : 0u);
}

const char *agent_alert_name(enum agent_alert which)
{
	switch (which) {
	case AGENT_ALERT_EXPORT:
		return "SmartLicenseExportControlNotAllowed";
	case AGENT_ALERT_CLOCK:
		return "SmartLicenseClockJumped";
	}
	return "";
}

void agent_alert_text(const struct agent *a, enum agent_alert which, int64_t now, struct buf *out)
{
	char shown[SHOW_TIME_SIZE], seen[SHOW_TIME_SIZE], apart[SHOW_TIME_SIZE];

	switch (which) {
	case AGENT_ALERT_EXPORT:
		buf_printf(out,
			   "The cluster is in mixed mode, but the product is %s. Register it with a token that allows "
			   "export-controlled functionality, or run: utils ctl set-cluster non-secure-mode",
			   a->code                       ? "under a license reservation, which does not give it"
			   : agent_is_registered(a, now) ? "registered without export-controlled functionality"
							 : "not registered");
		return;
	case AGENT_ALERT_CLOCK:
		buf_printf(out,
			   "The clock says %s, the last time believed is %s: %s apart. Evaluation and expiry stand still. "
			   "Set the clock right (NTP), or if it is right run: license smart clock accept",
			   show_time(now, shown), show_time(a->seen_at, seen),
			   clock_span(now > a->seen_at ? now - a->seen_at : a->seen_at - now, apart));
		return;
	}
}
