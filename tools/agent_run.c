/* product-agent … run: the product that is left alone. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "agent_tool.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

/* A change of the clock does not end a wait, and another process may have given us something to do. */
#define WAKE_MS MINUTE_MS

static int wake[2] = { -1, -1 };
static volatile sig_atomic_t stopping;
static struct agent *volatile running; /* what a signal has to end */

static void on_signal(int number)
{
	int saved = errno;
	struct agent *a = running;

	(void)number;
	stopping = 1;
	if (a)
		agent_interrupt(a);
	if (write(wake[1], "", 1) < 0)
		errno = saved; /* full: it wakes all the same */
	errno = saved;
}

static int watch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigemptyset(&act.sa_mask);
	return pipe(wake) || sigaction(SIGTERM, &act, NULL) || sigaction(SIGINT, &act, NULL) ? -1 : 0;
}

/* What was logged last, so that each change is one line and nothing is said twice. */
struct seen {
	enum agent_registration registration;
	enum agent_authorization authorization;
	unsigned alerts;
	char trouble[512];
	bool any;
};

static void log_alerts(const struct agent *a, const struct seen *before, unsigned alerts, int64_t now)
{
	static const enum agent_alert all[] = { AGENT_ALERT_EXPORT, AGENT_ALERT_CLOCK };

	for (size_t i = 0; i < 2; i++) {
		AUTO_BUF text = BUF_INIT;

		if ((before->alerts & all[i]) == (alerts & all[i]))
			continue;
		agent_alert_text(a, all[i], now, &text);
		if (alerts & all[i])
			log_warning("agent", "alert %s: %s", agent_alert_name(all[i]), text.data);
		else
			log_info("agent", "alert %s is over", agent_alert_name(all[i]));
	}
}

static void log_changes(const struct agent *a, struct seen *s, int64_t now)
{
	struct seen is = { .registration = agent_registration(a, now),
			   .authorization = agent_authorization(a, now),
			   .alerts = agent_alerts(a, now),
			   .any = true };
	struct seen *before = s;

	agent_trouble(a, is.trouble);
	if (!before->any || is.registration != before->registration)
		log_info("agent", "registration: %s", agent_registration_name(is.registration));
	if (!before->any || is.authorization != before->authorization)
		log_info("agent", "license authorization: %s", agent_authorization_name(is.authorization));
	log_alerts(a, before, is.alerts, now);
	if (strcmp(is.trouble, before->trouble) && *is.trouble)
		log_warning("agent", "%s", is.trouble);
	else if (*before->trouble && *is.trouble == '\0')
		log_info("agent", "the server answers again");
	*s = is;
}

/* One look at the state: it is open only meanwhile, so that commands can be given beside. Returns when to look again. */
static int64_t look(const struct tool *t, struct agent_watch *watch, struct seen *seen, int *rc)
{
	struct agent *a = NULL;
	struct err e = ERR_INIT;
	int64_t now, due;

	if (tool_open(t, &a, &e)) {
		if (e.code == E_BUSY) {
			log_info("agent", "another process uses the state; trying again");
			return clock_now() + WAKE_MS;
		}
		*rc = tool_report(t, &e, false);
		return 0;
	}
	running = a;
	now = clock_now();
	if (stopping || agent_clock_watch(a, watch, now, clock_mono(), &e) || agent_tick(a, now, &e)) {
		if (!stopping)
			log_error("agent", "%s", e.text);
	}
	now = clock_now();
	if (!stopping)
		log_changes(a, seen, now);
	due = agent_next_due(a);
	running = NULL;
	agent_close(a);
	return due;
}

static void wait_until(int64_t due)
{
	struct pollfd fd = { .fd = wake[0], .events = POLLIN };
	int64_t ms = due - clock_now();

	if (ms > WAKE_MS)
		ms = WAKE_MS;
	if (ms < SECOND_MS)
		ms = SECOND_MS;
	poll(&fd, 1, (int)ms);
}

int tool_run(const struct tool *t)
{
	struct agent_watch watch = { 0 };
	struct seen seen = { .any = false };
	int rc = EXIT_DONE;

	if (watch_signals())
		return EXIT_REFUSED;
	log_info("agent", "started");
	while (!stopping) {
		int64_t due = look(t, &watch, &seen, &rc);

		if (rc)
			return rc;
		if (!stopping)
			wait_until(due);
	}
	log_info("agent", "stopped");
	return EXIT_DONE;
}
