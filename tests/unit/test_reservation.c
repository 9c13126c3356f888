/* The product's side of license reservation: which codes are installed, what follows from them and from the clock. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/slr.h"
#include "json/json.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/fake_server.h"

#define UUID "e53fc968-0253-4d61-a355-ba908a6cc920"
#define REQUEST "P:UCM,S:cc920,U:" UUID
#define ENHANCED "regid.2016-07.com.cisco.UCM_Enhanced,12.0_66d0d1cf-4863-4761-91d0-d01d3eb1949a"
#define BASIC "regid.2016-07.com.cisco.UCM_Basic,12.0_ef827a2f-f4ae-4ebb-887f-052737063d3a"
#define OTHER "regid.2019-03.com.cisco.DNA_HSEC,1.0_509c41ab-05a8-431f-95fe-ec28086e8844"
#define START INT64_C(1516959683000) /* 2018-01-26 15:11:23 in India */

static struct fake_server server;
static struct agent *agent;
static char dir[64];
static char *root_pem;
static struct arena arena;
static struct err e;
static struct buf out;

/* What the person at the terminal says, one after the other. */
static const char *answers[4];
static size_t asked;

static int ask(void *arg, const char *question, bool hidden, struct buf *answer)
{
	(void)arg, (void)question, (void)hidden;
	if (asked >= 4 || answers[asked] == NULL)
		return -1;
	buf_adds(answer, answers[asked++]);
	return 0;
}

static void open_agent(void)
{
	struct agent_options o = { .product = "UCM",
				   .serial = "cc920",
				   .uuid = UUID,
				   .root_pem = root_pem,
				   .exchange = fake_server_exchange,
				   .arg = &server,
				   .ask = ask };

	ck_assert_msg(agent_open(dir, &o, clock_now(), &agent, &e) == 0, "%s", e.text);
}

static void reopen(void)
{
	agent_close(agent);
	open_agent();
}

static void setup(void)
{
	clock_fake_set(START);
	setenv("TZ", "IST-5:30", 1);
	tzset();
	strcpy(dir, access("/dev/shm", W_OK) ? "/tmp/test-slr-XXXXXX" : "/dev/shm/test-slr-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	fake_server_init(&server);
	root_pem = fake_server_root(&server);
	e = ERR_INIT;
	asked = 0;
	memset(answers, 0, sizeof(answers));
	open_agent();
}

static void teardown(void)
{
	static const char *const names[] = { "state.json", "lock", "before" };

	agent_close(agent);
	agent = NULL;
	for (size_t i = 0; i < 3; i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", dir, names[i]);

		unlink(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
	fake_server_fini(&server);
	free(root_pem);
	buf_fini(&out);
	arena_fini(&arena);
}

static const char *command(const char *line)
{
	buf_clear(&out);
	buf_adds(&out, "");
	ck_assert_msg(agent_command(agent, line, &out, &e) == 0, "%s: %s: %s", line, err_name(e.code), e.text);
	return out.data;
}

static void refused(const char *line, enum err_code code)
{
	buf_clear(&out);
	ck_assert_msg(agent_command(agent, line, &out, &e) == -1, "accepted: %s", line);
	ck_assert_msg(e.code == code, "%s: %s instead of %s (%s)", line, err_name(e.code), err_name(code), e.text);
	ck_assert_str_ne(e.text, "");
}

static const char *registration(void)
{
	return agent_registration_name(agent_registration(agent, clock_now()));
}

static const char *authorization(void)
{
	return agent_authorization_name(agent_authorization(agent, clock_now()));
}

/* ---- codes ---- */

struct wish {
	int64_t enhanced, basic;   /* 0: none */
	int64_t from, until;       /* of basic; until 0: perpetual */
	int64_t issued;            /* 0: now */
	const char *serial, *uuid; /* NULL: this product's */
	const struct fake_ca *by;  /* NULL: the satellite */
	const struct cert *signer; /* NULL: that of by */
};

/* A code, in the arena. */
static char *issue(const struct wish *w)
{
	const struct fake_ca *by = w->by ? w->by : &server.satellite;
	struct slr_entitlement list[2] = { 0 };
	struct slr_code c = {
		.piid = "6ca07f56-145c-4ace-bdc2-40417fd49d47",
		.timestamp = w->issued ? w->issued : clock_now(),
		.entitlements = list,
		.udi = { .pid = "UCM", .serial = w->serial ? w->serial : "cc920", .uuid = w->uuid ? w->uuid : UUID }
	};
	struct cert *chain[] = { by->cert };
	AUTO_BUF text = BUF_INIT;

	if (w->enhanced)
		list[c.n++] = (struct slr_entitlement){ .tag = ENHANCED,
							.count = w->enhanced,
							.license_type = "PERPETUAL",
							.display_name = "UC Manager Enhanced License (12.x)",
							.description = "UC Manager Enhanced License",
							.subscription_id = "" };
	if (w->basic)
		list[c.n++] = (struct slr_entitlement){ .tag = BASIC,
							.count = w->basic,
							.start_at = w->from,
							.end_at = w->until,
							.license_type = w->until ? "TERM" : "PERPETUAL",
							.display_name = "UC Manager Basic License (12.x)",
							.description = "UC Manager Basic License",
							.subscription_id = w->until ? "S-77" : "" };
	ck_assert_msg(slr_sign(&c, w->signer ? w->signer : by->signer, by->signer_key, chain, by != &server.root,
			       clock_now(), &arena, &e) == 0,
		      "%s", e.text);
	slr_write(&c, &text);
	return arena_strdup(&arena, text.data);
}

static const char *line(const char *what, const char *code)
{
	return arena_printf(&arena, "license smart reservation %s \"%s\"", what, code);
}

static const char *install(const char *code)
{
	return command(line("install", code));
}

static const char *confirmation_of(const char *code)
{
	struct slr_code c;
	char text[SLR_CONFIRMATION_SIZE];

	ck_assert_int_eq(slr_read(code, strlen(code), &arena, &c, &e), 0);
	return arena_strdup(&arena, slr_confirmation(&c, text));
}

static const char *return_of(const char *code)
{
	struct slr_code c;
	char text[SLR_RETURN_SIZE];

	ck_assert_int_eq(slr_read(code, strlen(code), &arena, &c, &e), 0);
	return arena_strdup(&arena, slr_return(&c, text));
}

static void requested(void)
{
	command("license smart reservation enable");
	ck_assert_str_eq(command("license smart reservation request"), REQUEST "\n");
}

/* ---- the states ---- */

START_TEST(test_whole_life)
{
	char *first, *second;

	refused("license smart reservation request", E_RESERVATION_STATE);
	refused("license smart reservation cancel", E_RESERVATION_STATE);
	refused("license smart reservation return", E_RESERVATION_STATE);
	refused("license smart reservation disable", E_RESERVATION_STATE);
	ck_assert_str_eq(registration(), "UNREGISTERED");
	requested();
	ck_assert_str_eq(registration(), "RESERVATION IN PROGRESS");
	ck_assert_str_eq(authorization(), "EVALUATION MODE");
	first = issue(&(struct wish){ .enhanced = 5 });
	ck_assert_str_eq(install(first), arena_printf(&arena,
						      "Authorization code installed successfully.\nConfirmation code: %s\n"
						      "License authorization: AUTHORIZED - RESERVED\n",
						      confirmation_of(first)));
	ck_assert_str_eq(registration(), "REGISTERED - SPECIFIC LICENSE RESERVATION");
	refused("license smart reservation enable", E_RESERVATION_STATE);
	refused("license smart reservation request", E_RESERVATION_STATE);
	refused("license smart reservation cancel", E_RESERVATION_STATE);
	refused("license smart reservation disable", E_RESERVATION_IN_USE);
	clock_fake_advance(DAY_MS);
	second = issue(&(struct wish){ .enhanced = 2, .basic = 7 });
	ck_assert_ptr_nonnull(strstr(install(second), confirmation_of(second)));
	ck_assert_str_eq(
		command("license smart reservation return"),
		arena_printf(&arena,
			     "Return code: %s\nTell it to the server that issued the authorization code; until then "
			     "the licenses stay reserved there.\n",
			     return_of(second)));
	ck_assert_str_eq(registration(), "UNREGISTERED");
	refused("license smart reservation return", E_RESERVATION_STATE);
	command("license smart reservation disable");
	ck_assert_int_eq(server.calls, 0);
}
END_TEST

START_TEST(test_cancel)
{
	char *code;

	requested();
	ck_assert_str_eq(agent_warning(agent), "");
	command("license smart reservation cancel");
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), "return-authorization"));
	ck_assert_str_eq(registration(), "UNREGISTERED");
	refused("license smart reservation cancel", E_RESERVATION_STATE);
	code = issue(&(struct wish){ .enhanced = 1 });
	refused(line("install", code), E_RESERVATION_STATE);
	ck_assert_ptr_nonnull(strstr(command(line("return-authorization", code)), return_of(code)));
	/* both begin anew */
	command("license smart reservation enable");
	ck_assert_str_eq(registration(), "RESERVATION IN PROGRESS");
	command("license smart reservation cancel");
	ck_assert_str_eq(agent_warning(agent), ""); /* nothing was asked for */
	command("license smart reservation request");
	ck_assert_str_eq(registration(), "RESERVATION IN PROGRESS");
	command("license smart reservation disable");
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), "return-authorization"));
	ck_assert_str_eq(registration(), "UNREGISTERED");
}
END_TEST

START_TEST(test_only_unregistered)
{
	command("license smart transport gateway satellite.example.net:8442");
	server.down = true;
	refused("license smart register idtoken T1", E_CONNECT_FAILED);
	refused("license smart reservation enable", E_RESERVATION_STATE);
	server.down = false;
	command("license smart register idtoken T1");
	refused("license smart reservation enable", E_RESERVATION_STATE);
	ck_assert_ptr_nonnull(strstr(e.text, "license smart deregister"));
	command("license smart deregister");
	requested();
	refused("license smart register idtoken T2", E_RESERVATION_IN_USE);
	ck_assert_ptr_nonnull(strstr(e.text, "license smart reservation disable"));
	refused("license smart deregister", E_RESERVATION_IN_USE);
	command("license smart reservation disable");
	command("license smart register idtoken T2");
}
END_TEST

/* What an expired registration left is gone, and does not come back. */
START_TEST(test_after_expiry)
{
	command("license smart transport gateway satellite.example.net:8442");
	command("license smart register idtoken T1");
	server.down = true;
	clock_fake_advance(366 * DAY_MS);
	ck_assert_int_eq(agent_tick(agent, clock_now(), &e), 0);
	ck_assert_str_eq(registration(), "UNREGISTERED - REGISTRATION EXPIRED");
	requested();
	install(issue(&(struct wish){ .enhanced = 1 }));
	ck_assert(agent_next_due(agent) == INT64_MAX);
	command("license smart reservation return");
	ck_assert_str_eq(registration(), "UNREGISTERED");
}
END_TEST

/* ---- what is not installed ---- */

static void nothing_changed(const char *code, enum err_code why)
{
	AUTO_FREE char *path = mem_printf("%s/state.json", dir);
	AUTO_BUF before = BUF_INIT;
	AUTO_BUF after = BUF_INIT;

	ck_assert_int_eq(file_read(path, 1 << 20, &before, &e), 0);
	refused(line("install", code), why);
	ck_assert_int_eq(file_read(path, 1 << 20, &after, &e), 0);
	ck_assert_msg(strcmp(before.data, after.data) == 0, "the state changed");
}

START_TEST(test_other_product)
{
	requested();
	nothing_changed(issue(&(struct wish){ .enhanced = 5, .serial = "cc921" }), E_CODE_WRONG_PRODUCT);
	ck_assert_ptr_nonnull(strstr(e.text, "P:UCM,S:cc921,U:" UUID));
	ck_assert_ptr_nonnull(strstr(e.text, REQUEST));
	nothing_changed(issue(&(struct wish){ .enhanced = 5, .uuid = "e53fc968-0253-4d61-a355-ba908a6cc921" }),
			E_CODE_WRONG_PRODUCT);
	refused(line("return-authorization", issue(&(struct wish){ .enhanced = 5, .serial = "cc921" })),
		E_CODE_WRONG_PRODUCT);
}
END_TEST

/* No byte of a code can be another one. */
START_TEST(test_altered)
{
	char *code = issue(&(struct wish){ .enhanced = 5 });
	size_t n = strlen(code);

	requested();
	for (size_t i = 0; i < n; i += i < 900 ? 7 : 61) {
		char was = code[i];

		code[i] = was == '5' ? '6' : '5';
		if (code[i] != was)
			ck_assert_int_eq(agent_command(agent, line("install", code), &out, &e), -1);
		ck_assert_msg(e.code == E_CODE_ALTERED || e.code == E_CODE_UNTRUSTED || e.code == E_CODE_INVALID, "%zu: %s",
			      i, e.text);
		code[i] = was;
	}
	ck_assert_str_eq(registration(), "RESERVATION IN PROGRESS");
	nothing_changed(strstr(code, "<piid>"), E_CODE_INVALID);
	nothing_changed("", E_USAGE);
	install(code);
}
END_TEST

START_TEST(test_wrong_signers)
{
	requested();
	nothing_changed(issue(&(struct wish){ .enhanced = 5, .by = &server.false_satellite }), E_CODE_UNTRUSTED);
	nothing_changed(issue(&(struct wish){ .enhanced = 5, .signer = server.expired_signer }), E_CODE_UNTRUSTED);
	/* the manager's signer and that of any satellite */
	install(issue(&(struct wish){ .enhanced = 5, .by = &server.root }));
	clock_fake_advance(1000);
	install(issue(&(struct wish){ .enhanced = 6, .by = &server.stranger }));
}
END_TEST

START_TEST(test_too_long)
{
	AUTO_FREE char *code = mem_alloc(SLR_CODE_MAX + 2);

	memset(code, 'x', SLR_CODE_MAX);
	requested();
	nothing_changed(code, E_CODE_INVALID);
	code[SLR_CODE_MAX] = 'x';
	nothing_changed(code, E_CODE_TOO_LONG);
	ck_assert_ptr_nonnull(strstr(e.text, "8192"));
	ck_assert_ptr_nonnull(strstr(e.text, "8193"));
}
END_TEST

START_TEST(test_older)
{
	char *old, *same, *newest;

	requested();
	old = issue(&(struct wish){ .enhanced = 9, .issued = START - 1 });
	same = issue(&(struct wish){ .enhanced = 9 });
	newest = issue(&(struct wish){ .enhanced = 5 });
	install(newest);
	nothing_changed(newest, E_CODE_USED);
	ck_assert_ptr_nonnull(strstr(e.text, confirmation_of(newest)));
	nothing_changed(same, E_CODE_USED);
	nothing_changed(old, E_CODE_OLD);
	command("license smart reservation return");
	reopen();
	command("license smart reservation request");
	nothing_changed(newest, E_CODE_USED);
	nothing_changed(old, E_CODE_OLD);
	command("license smart reservation disable");
	command("license smart reservation enable");
	nothing_changed(old, E_CODE_OLD);
	install(issue(&(struct wish){ .enhanced = 9, .issued = START + 1 }));
}
END_TEST

/* A return code was told: the code can never be installed. */
START_TEST(test_return_authorization)
{
	char *code, *later;

	requested();
	code = issue(&(struct wish){ .enhanced = 9 });
	ck_assert_ptr_nonnull(strstr(command(line("return-authorization", code)), return_of(code)));
	ck_assert_str_eq(registration(), "UNREGISTERED");
	command("license smart reservation request");
	nothing_changed(code, E_CODE_USED);
	/* the code can be shown once more, as the first may be lost */
	ck_assert_ptr_nonnull(strstr(command(line("return-authorization", code)), return_of(code)));
	clock_fake_advance(1000);
	later = issue(&(struct wish){ .enhanced = 9 });
	command("license smart reservation request");
	install(later);
	refused(line("return-authorization", later), E_RESERVATION_STATE);
	refused(line("return-authorization", code), E_RESERVATION_STATE);
	refused("license smart reservation return-authorization", E_USAGE);
	refused(line("return-authorization", "nonsense"), E_CODE_INVALID);
}
END_TEST

/* As it is pasted: with or without quotes, with line ends and blanks around it. */
START_TEST(test_pasted)
{
	const char *forms[] = { "license smart reservation install %s", "  LICENSE smart  Reservation install   \"%s\"  ",
				"license smart reservation install \"\n%s\r\n\"" };

	requested();
	for (size_t i = 0; i < 3; i++) {
		char *code = issue(&(struct wish){ .enhanced = 5 });
		const char *gap = strstr(forms[i], "%s");

		command(arena_printf(&arena, "%.*s%s%s", (int)(gap - forms[i]), forms[i], code, gap + 2));
		clock_fake_advance(1000);
	}
	refused("license smart reservation install", E_USAGE);
	refused("license smart reservation install \"\"", E_USAGE);
	refused("license smart reservation installation", E_USAGE);
}
END_TEST

/* ---- what follows ---- */

START_TEST(test_usage)
{
	command("license usage set Enhanced=5");
	requested();
	install(issue(&(struct wish){ .enhanced = 5 }));
	ck_assert_str_eq(authorization(), "AUTHORIZED - RESERVED");
	ck_assert_str_eq(
		command("license usage set Enhanced=6 Basic=1"),
		"Usage of 2 licenses set.\nLicense authorization: NOT AUTHORIZED - RESERVED\n"
		"UC Manager Enhanced License (12.x): 6 in use, 5 reserved.\n"
		"UC Manager Basic License (12.x): 1 in use, 0 reserved.\n"
		"Use fewer, or have the reservation updated at the server and install the new authorization code.\n");
	ck_assert_str_eq(authorization(), "NOT AUTHORIZED - RESERVED");
	clock_fake_advance(1000);
	install(issue(&(struct wish){ .enhanced = 6, .basic = 1 }));
	ck_assert_str_eq(authorization(), "AUTHORIZED - RESERVED");
	/* nothing is borrowed, and a tag that the catalogue does not know counts as well */
	command("license usage set Essential=1");
	ck_assert_str_eq(authorization(), "NOT AUTHORIZED - RESERVED");
	command("license usage set Essential=0 " OTHER "=1");
	ck_assert_str_eq(authorization(), "NOT AUTHORIZED - RESERVED");
	command("license usage set " OTHER "=0");
	ck_assert_str_eq(authorization(), "AUTHORIZED - RESERVED");
	ck_assert_int_eq(server.calls, 0);
}
END_TEST

START_TEST(test_terms)
{
	int64_t from = START + 2 * DAY_MS, until = from + 10 * DAY_MS;

	requested();
	command("license usage set Basic=3");
	install(issue(&(struct wish){ .enhanced = 5, .basic = 3, .from = from, .until = until }));
	ck_assert_str_eq(authorization(), "NOT AUTHORIZED - RESERVED");
	clock_fake_set(from - 1);
	ck_assert_str_eq(authorization(), "NOT AUTHORIZED - RESERVED");
	clock_fake_set(from);
	ck_assert_str_eq(authorization(), "AUTHORIZED - RESERVED");
	clock_fake_set(until - 1);
	ck_assert_str_eq(authorization(), "AUTHORIZED - RESERVED");
	clock_fake_set(until);
	ck_assert_str_eq(authorization(), "NOT AUTHORIZED - RESERVED");
	ck_assert_str_eq(registration(), "REGISTERED - SPECIFIC LICENSE RESERVATION");
	ck_assert_int_eq(agent_tick(agent, clock_now(), &e), 0);
	reopen();
	ck_assert_str_eq(authorization(), "NOT AUTHORIZED - RESERVED");
	command("license usage set Basic=0 Enhanced=5");
	ck_assert_str_eq(authorization(), "AUTHORIZED - RESERVED");
}
END_TEST

/* Spent only without registration and without reservation, never given back. */
START_TEST(test_evaluation)
{
	clock_fake_advance(10 * DAY_MS);
	requested();
	clock_fake_advance(20 * DAY_MS);
	ck_assert(agent_evaluation_left(agent, clock_now()) == 60 * DAY_MS);
	install(issue(&(struct wish){ .enhanced = 5 }));
	clock_fake_advance(500 * DAY_MS);
	ck_assert_int_eq(agent_tick(agent, clock_now(), &e), 0);
	reopen();
	ck_assert(agent_evaluation_left(agent, clock_now()) == 60 * DAY_MS);
	command("license smart reservation return");
	clock_fake_advance(60 * DAY_MS - 1);
	ck_assert_str_eq(authorization(), "EVALUATION MODE");
	clock_fake_advance(1);
	ck_assert_str_eq(authorization(), "EVAL EXPIRED");
	refused("license usage set Enhanced=1", E_EVALUATION_EXPIRED);
	command("license smart reservation request");
	install(issue(&(struct wish){ .enhanced = 5 }));
	command("license usage set Enhanced=1");
	ck_assert_str_eq(authorization(), "AUTHORIZED - RESERVED");
}
END_TEST

START_TEST(test_no_contact)
{
	command("license smart transport gateway satellite.example.net:8442");
	requested();
	install(issue(&(struct wish){ .enhanced = 5 }));
	ck_assert(agent_next_due(agent) == INT64_MAX);
	for (int day = 0; day < 400; day++) {
		clock_fake_advance(DAY_MS);
		ck_assert_int_eq(agent_tick(agent, clock_now(), &e), 0);
	}
	refused("license usage update", E_RESERVATION_IN_USE);
	refused("license smart renew auth", E_RESERVATION_IN_USE);
	refused("license smart renew id", E_RESERVATION_IN_USE);
	refused("license smart register idtoken T", E_RESERVATION_IN_USE);
	refused("license smart register idtoken T force", E_RESERVATION_IN_USE);
	refused("license smart deregister", E_RESERVATION_IN_USE);
	refused("utils ctl set-cluster mixed-mode", E_EXPORT_NOT_ALLOWED);
	ck_assert_int_eq(server.calls, 0);
	ck_assert_str_eq(authorization(), "AUTHORIZED - RESERVED");
}
END_TEST

/* ---- the disk ---- */

START_TEST(test_identity)
{
	struct agent_options serial = { .serial = "other" }, product = { .product = "SME" }, root = { 0 };
	AUTO_BUF pem = BUF_INIT;
	struct agent *other = NULL;

	cert_write_pem(server.false_root.cert, &pem);
	root.root_pem = pem.data;
	requested();
	install(issue(&(struct wish){ .enhanced = 5 }));
	agent_close(agent);
	ck_assert_int_eq(agent_open(dir, &serial, clock_now(), &other, &e), -1);
	ck_assert_int_eq(e.code, E_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.text, "Return it first"));
	ck_assert_int_eq(agent_open(dir, &product, clock_now(), &other, &e), -1);
	ck_assert_int_eq(e.code, E_CONFLICT);
	ck_assert_int_eq(agent_open(dir, &root, clock_now(), &other, &e), -1);
	ck_assert_int_eq(e.code, E_CONFLICT);
	open_agent();
	ck_assert_str_eq(registration(), "REGISTERED - SPECIFIC LICENSE RESERVATION");
}
END_TEST

/* Another number in the state is not believed: the code is verified whenever it is read. */
START_TEST(test_damaged)
{
	AUTO_FREE char *path = mem_printf("%s/state.json", dir);
	AUTO_BUF text = BUF_INIT;
	struct agent_options none = { 0 };
	struct agent *other = NULL;
	char *count;

	requested();
	install(issue(&(struct wish){ .enhanced = 5 }));
	agent_close(agent);
	agent = NULL;
	ck_assert_int_eq(file_read(path, 1 << 20, &text, &e), 0);
	count = strstr(text.data, "<count>5<");
	ck_assert_ptr_nonnull(count);
	count[strlen("<count>")] = '9';
	ck_assert_int_eq(file_write(path, 0600, text.data, text.n, &e), 0);
	ck_assert_int_eq(agent_open(dir, &none, clock_now(), &other, &e), -1);
	ck_assert_int_eq(e.code, E_FILE_ERROR);
	ck_assert_ptr_nonnull(strstr(e.text, "license reservation"));
	count[strlen("<count>")] = '5';
	ck_assert_int_eq(file_write(path, 0600, text.data, text.n, &e), 0);
	open_agent();
}
END_TEST

/* A clock that is wrong is seen in the text. */
START_TEST(test_clock)
{
	char *code = issue(&(struct wish){ .enhanced = 5 });

	requested();
	clock_fake_set(START + 21 * 365 * DAY_MS);
	command("show ctl"); /* the time is seen */
	nothing_changed(code, E_CODE_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(e.text, "This product's clock says 21 Jan 2039"));
}
END_TEST

/* The signer's certificate may end; what was good when it was installed stays good. */
START_TEST(test_long_after)
{
	requested();
	install(issue(&(struct wish){ .enhanced = 5 }));
	clock_fake_advance(25 * 365 * DAY_MS);
	reopen();
	ck_assert_str_eq(authorization(), "AUTHORIZED - RESERVED");
}
END_TEST

START_TEST(test_names_without_code)
{
	struct agent_options o = { .serial = "a,b", .exchange = fake_server_exchange, .arg = &server };

	agent_close(agent);
	ck_assert_int_eq(agent_open(dir, &o, clock_now(), &agent, &e), 0);
	refused("license smart reservation enable", E_INVALID_REQUEST);
	ck_assert_ptr_nonnull(strstr(e.text, "a,b"));
}
END_TEST

/* ---- what is shown ---- */

START_TEST(test_show_all)
{
	char *code = issue(&(struct wish){ .enhanced = 5,
					   .basic = 2,
					   .from = START - 1000,
					   .until = START - 1000 + 30 * DAY_MS,
					   .issued = START - 60000 });
	const char *want;

	requested();
	clock_fake_advance(20000);
	install(code);
	clock_fake_advance(76000);
	command("license usage set Enhanced=5");
	want = arena_printf(
		&arena,
		"Smart Licensing Status\n=======================\nSmart Licensing is ENABLED\n"
		"License Reservation is ENABLED\n \n"
		"Registration:\n  Status: REGISTERED - SPECIFIC LICENSE RESERVATION\n"
		"  Export-Controlled Functionality: Not Allowed\n"
		"  Initial Registration: SUCCEEDED on Jan 26 15:11:43 2018 IST\n \n"
		"License Authorization:\n  Status: AUTHORIZED - RESERVED on Jan 26 15:12:59 2018 IST\n"
		"  Last Communication Attempt: NONE\n"
		"  Next Communication Attempt: NONE (License Reservation)\n \n"
		"Evaluation Period:\n  Evaluation Mode: Not In Use\n"
		"  Evaluation Period Remaining: 89 days 23 hr 59 min 40 sec\n \n"
		"License Usage\n=============\n"
		"License Authorization Status: AUTHORIZED - RESERVED as of Jan 26 15:12:59 2018 IST\n \n"
		"UC Manager Enhanced License (12.x) (" ENHANCED ")\n"
		"  Description: UC Manager Enhanced License\n  Count: 5\n  Version: 12.0\n  Status: InCompliance\n"
		"  Total Reserved Count: 5\n \n"
		"License Reservation\n===================\n"
		"Reservation Status: SPECIFIC INSTALLED on Jan 26 15:11:43 2018 IST\n"
		"Authorization Code Issued: Jan 26 15:10:23 2018 IST\n"
		"Product Instance: 6ca07f56-145c-4ace-bdc2-40417fd49d47\n"
		"Last Confirmation Code: %s\n \n"
		"UC Manager Enhanced License (12.x) (" ENHANCED ")\n"
		"  Description: UC Manager Enhanced License\n  Reserved Count: 5\n  License Type: PERPETUAL\n"
		"  Term: In force\n \n"
		"UC Manager Basic License (12.x) (" BASIC ")\n"
		"  Description: UC Manager Basic License\n  Reserved Count: 2\n  License Type: TERM\n"
		"  Start Date: Jan 26 15:11:22 2018 IST\n  End Date: Feb 25 15:11:22 2018 IST\n"
		"  Subscription ID: S-77\n  Term: In force\n \n"
		"Product Information\n===================\n"
		"UDI: PID:UCM,SN:cc920,UUID:e53fc96802534d61a355ba908a6cc920\n \n"
		"Agent Version\n=============\nSmart Agent for Licensing: 1.3.4\n",
		confirmation_of(code));
	ck_assert_str_eq(command("show license all"), want);
	clock_fake_advance(31 * DAY_MS);
	ck_assert_ptr_nonnull(strstr(command("show license all"), "  Term: Ended\n"));
	/* judged anew when the term ended */
	ck_assert_ptr_nonnull(strstr(out.data, "AUTHORIZED - RESERVED as of Feb 25 15:11:22 2018 IST\n"));
}
END_TEST

START_TEST(test_show_summary)
{
	requested();
	install(issue(&(struct wish){ .enhanced = 5 }));
	command("license usage set Enhanced=6");
	command("show license summary");
	out.data[strcspn(out.data, "-") + 500] = '\0';
	ck_assert_ptr_nonnull(strstr(out.data, "Smart Licensing is ENABLED.\nLicense Reservation is ENABLED.\n\n"
					       "Registration:\n  Status: REGISTERED - SPECIFIC LICENSE RESERVATION\n"
					       "  Export-Controlled Functionality: Not Allowed\n\n"
					       "License Authorization:\n  Status: NOT AUTHORIZED - RESERVED\n"
					       "  Next Communication Attempt: NONE (License Reservation)\n\n"
					       "License Usage:\n"));
	ck_assert_ptr_nonnull(strstr(command("show license summary"),
				     "  UC Manager Enhanced License " ENHANCED "         6            NotAuthorized\n"));
	ck_assert_ptr_nonnull(
		strstr(command("show license usage"), "  Status: NotAuthorized\n  Total Reserved Count: 5\n"));
}
END_TEST

/* Before, between and after: nothing is lost that a person has still to type somewhere. */
START_TEST(test_show_states)
{
	char *code = issue(&(struct wish){ .enhanced = 5 });

	ck_assert_ptr_null(strstr(command("show license all"), "Reservation"));
	command("license smart reservation enable");
	ck_assert_ptr_nonnull(strstr(command("show license status"), "  Status: RESERVATION IN PROGRESS\n"));
	ck_assert_ptr_nonnull(strstr(command("show license all"), "\nReservation Status: IN PROGRESS\n \n"));
	command("license smart reservation request");
	ck_assert_ptr_nonnull(
		strstr(command("show license all"), "\nReservation Status: IN PROGRESS\nRequest Code: " REQUEST "\n \n"));
	install(code);
	ck_assert_ptr_nonnull(strstr(command("show license tech support"), "Newest Code Ever Used Here: "));
	command("license smart reservation return");
	reopen();
	ck_assert_ptr_nonnull(strstr(command("show license all"), "\nReservation Status: ENABLED\nLast Return Code: "));
	ck_assert_ptr_nonnull(strstr(out.data, return_of(code)));
	command("license smart reservation disable");
	ck_assert_ptr_nonnull(strstr(command("show license all"), "\nReservation Status: NOT ENABLED\nLast Return Code: "));
	ck_assert_ptr_null(strstr(out.data, "License Reservation is ENABLED"));
	ck_assert_ptr_nonnull(strstr(command("show license udi"), "UDI: PID:UCM,SN:cc920,UUID:"));
}
END_TEST

static const char *json_member(const char *line, const char *name)
{
	AUTO_JSON *tree = NULL;
	const json_t *at;

	buf_clear(&out);
	ck_assert_msg(agent_command_json(agent, line, &out, &e) == 0, "%s", e.text);
	ck_assert_int_eq(json_read(out.data, out.n, E_BAD_REQUEST, &tree, &e), 0);
	at = tree;
	if (strcmp(name, "returnCode") && strcmp(name, "confirmationCode") && strcmp(name, "requestCode"))
		at = json_object_get(tree, "reservation");
	return arena_strdup(&arena, json_string_value(json_object_get(at, name)));
}

START_TEST(test_json)
{
	char *code = issue(&(struct wish){ .enhanced = 5, .basic = 1, .until = START - 1000 + DAY_MS });

	command("license smart reservation enable");
	ck_assert_str_eq(json_member("license smart reservation request", "requestCode"), REQUEST);
	ck_assert_str_eq(json_member("show license status", "status"), "IN PROGRESS");
	ck_assert_str_eq(json_member(line("install", code), "confirmationCode"), confirmation_of(code));
	ck_assert_ptr_null(strstr(out.data, "specificPLR")); /* its own words only */
	ck_assert_str_eq(json_member("show license all", "status"), "SPECIFIC INSTALLED");
	ck_assert_ptr_nonnull(strstr(out.data, "\"licenseType\":\"TERM\",\"startAt\":null,\"endAt\":\"2018-01-27T"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"isInForce\":true"));
	ck_assert_str_eq(json_member("license smart reservation return", "returnCode"), return_of(code));
	refused(line("install", code), E_RESERVATION_STATE);
	buf_clear(&out);
	ck_assert_int_eq(agent_command_json(agent, line("install", code), &out, &e), -1);
	ck_assert_ptr_nonnull(strstr(out.data, "\"name\":\"RESERVATION_STATE\""));
}
END_TEST

START_TEST(test_complete)
{
	buf_clear(&out);
	agent_complete("license smart reservation ", &out);
	ck_assert_str_eq(out.data,
			 "enable\nrequest\ninstall\ninstall-file\ncancel\nreturn\nreturn-authorization\ndisable\n");
	buf_clear(&out);
	agent_complete("license smart reservation ret", &out);
	ck_assert_str_eq(out.data, "return\nreturn-authorization\n");
	ck_assert(!agent_line_secret("license smart reservation request"));
	ck_assert(agent_line_secret("license smart reservation install \"<specificPLR>…"));
	ck_assert(!agent_line_secret("license smart reservation install-file sftp://user@host/path"));
	ck_assert(!agent_line_secret("license smart reservation install-file sftp://user@host:22/path"));
	ck_assert(agent_line_secret("license smart reservation install-file sftp://user:secret@host/path"));
	ck_assert(agent_line_secret("license smart reservation install-file sftp://user:sec ret@host:22/path"));
	ck_assert(agent_line_secret("license smart reservation install-file sftp://user:se@cret@host/path"));
}
END_TEST

/* ---- files ---- */

START_TEST(test_file_addresses)
{
	requested();
	refused("license smart reservation install-file file:///etc/passwd", E_USAGE);
	refused("license smart reservation install-file http://host/path", E_USAGE);
	refused("license smart reservation install-file scp://user@host/path", E_USAGE);
	refused("license smart reservation install-file /etc/passwd", E_USAGE);
	refused("license smart reservation install-file sftp:///path", E_USAGE);
	refused("license smart reservation install-file sftp://user@host", E_USAGE);
	refused("license smart reservation install-file sftp://user@host/", E_USAGE);
	refused("license smart reservation install-file sftp://user@host/folder/", E_USAGE);
	refused("license smart reservation install-file sftp://user@host:99999/x", E_USAGE);
	refused("license smart reservation install-file sftp://us%0Aer@host/path", E_USAGE);
	refused("license smart reservation install-file sftp://user:secret@host/path", E_USAGE);
	ck_assert_ptr_null(strstr(e.text, "secret"));
	refused("license smart reservation install-file sftp://127.0.0.1:1/x", E_USAGE); /* nobody says who */
	refused("license smart reservation install-file sftp://user@127.0.0.1:1/x", E_CONNECT_FAILED);
	answers[0] = "user";
	refused("license smart reservation install-file SFTP://127.0.0.1:1/x", E_CONNECT_FAILED);
	ck_assert_int_eq(asked, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reservation");
	TCase *t = tcase_create("reservation");
	SRunner *r;
	int failed;

	json_init();
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_whole_life);
	tcase_add_test(t, test_cancel);
	tcase_add_test(t, test_only_unregistered);
	tcase_add_test(t, test_after_expiry);
	tcase_add_test(t, test_other_product);
	tcase_add_test(t, test_altered);
	tcase_add_test(t, test_wrong_signers);
	tcase_add_test(t, test_too_long);
	tcase_add_test(t, test_older);
	tcase_add_test(t, test_return_authorization);
	tcase_add_test(t, test_pasted);
	tcase_add_test(t, test_usage);
	tcase_add_test(t, test_terms);
	tcase_add_test(t, test_evaluation);
	tcase_add_test(t, test_no_contact);
	tcase_add_test(t, test_identity);
	tcase_add_test(t, test_damaged);
	tcase_add_test(t, test_clock);
	tcase_add_test(t, test_long_after);
	tcase_add_test(t, test_names_without_code);
	tcase_add_test(t, test_show_all);
	tcase_add_test(t, test_show_summary);
	tcase_add_test(t, test_show_states);
	tcase_add_test(t, test_json);
	tcase_add_test(t, test_complete);
	tcase_add_test(t, test_file_addresses);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
