/* The product's side against a server in the same process: what is believed, what survives, what happens when. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/message.h"
#include "agent/transport.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypt/b64.h"
#include "json/json.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/fake_server.h"

#define UUID "6fe83addc80240bc92dc071ac7a37624"
#define TAG_CUWL "regid.2017-02.com.cisco.UCM_CUWL,12.0_cc59375a-1cd8-4b36-8366-6f4d2abba965"
#define TAG_PLUS "regid.2016-07.com.cisco.UCM_EnhancedPlus,12.0_d8372792-588c-4caa-b279-8587e5ce2f82"
#define TAG_ENHANCED "regid.2016-07.com.cisco.UCM_Enhanced,12.0_66d0d1cf-4863-4761-91d0-d01d3eb1949a"
#define TAG_BASIC "regid.2016-07.com.cisco.UCM_Basic,12.0_ef827a2f-f4ae-4ebb-887f-052737063d3a"
#define TAG_ESSENTIAL "regid.2016-07.com.cisco.UCM_Essential,12.0_25f9c396-c67c-4519-aa98-d4b3ad18f805"
#define TAG_ROOM "regid.2016-07.com.cisco.UCM_TelePresenceRoom,12.0_d9a71418-29e9-4c9a-9d3a-1366ebe38e7c"

static struct fake_server server;
static struct agent *agent;
static char dir[64];
static char *root_pem;
static struct err e;
static struct buf out;

static char *in_dir(const char *name)
{
	return mem_printf("%s/%s", dir, name);
}

static void open_agent(void)
{
	struct agent_options o = {
		.product = "UCM",
		.serial = "37624",
		.uuid = UUID,
		.hostname = "ucm1",
		.root_pem = root_pem,
		.exchange = fake_server_exchange,
		.arg = &server,
	};

	ck_assert_msg(agent_open(dir, &o, clock_now(), &agent, &e) == 0, "%s", e.text);
}

static void reopen(void)
{
	agent_close(agent);
	open_agent();
}

static void setup(void)
{
	/* 2018-01-26 15:11:23 in India, as in the sample */
	clock_fake_set(INT64_C(1516959683000));
	setenv("TZ", "IST-5:30", 1);
	tzset();
	/* in memory if there is such a place: a simulated year saves the state some thousand times */
	strcpy(dir, access("/dev/shm", W_OK) ? "/tmp/test-agent-XXXXXX" : "/dev/shm/test-agent-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	fake_server_init(&server);
	root_pem = fake_server_root(&server);
	e = ERR_INIT;
	open_agent();
}

static void teardown(void)
{
	static const char *const names[] = { "state.json", "lock", "before" };

	agent_close(agent);
	agent = NULL;
	for (size_t i = 0; i < 3; i++) {
		AUTO_FREE char *path = in_dir(names[i]);

		unlink(path);
	}
	ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left there */
	fake_server_fini(&server);
	free(root_pem);
	buf_fini(&out);
}

/* Runs a command and returns what it printed. */
static const char *command(const char *line)
{
	buf_clear(&out);
	buf_adds(&out, "");
	ck_assert_msg(agent_command(agent, line, &out, &e) == 0, "%s: %s: %s", line, err_name(e.code), e.text);
	ck_assert_str_eq(server.error, "");
	return out.data;
}

static void refused(const char *line, enum err_code code)
{
	buf_clear(&out);
	ck_assert_msg(agent_command(agent, line, &out, &e) == -1, "accepted: %s", line);
	ck_assert_msg(e.code == code, "%s: %s instead of %s (%s)", line, err_name(e.code), err_name(code), e.text);
	ck_assert_str_ne(e.text, "");
}

static void use_server(void)
{
	command("license smart transport gateway satellite.example.net:8442");
}

static void registered(void)
{
	use_server();
	command("license smart register idtoken T1");
}

static const char *registration(void)
{
	return agent_registration_name(agent_registration(agent, clock_now()));
}

static const char *authorization(void)
{
	return agent_authorization_name(agent_authorization(agent, clock_now()));
}

static void tick(void)
{
	ck_assert_msg(agent_tick(agent, clock_now(), &e) == 0, "%s", e.text);
	ck_assert_str_eq(server.error, "");
}

static json_t *read_json(const char *text)
{
	json_t *v = NULL;

	ck_assert_msg(json_read(text, strlen(text), E_BAD_REQUEST, &v, &e) == 0, "%s: %s", e.text, text);
	return v;
}

static const char *member(const json_t *obj, const char *name)
{
	return json_string_value(json_object_get(obj, name));
}

/* --- messages --- */

START_TEST(test_message_form)
{
	static const enum key_kind kinds[] = { KEY_EC_P256, KEY_RSA_2048 };
	struct message_sender from = { "UCM", "37624", UUID, "", "" };
	AUTO_BUF body = BUF_INIT, signature = BUF_INIT;
	AUTO_JSON *data = json_object(), *outer = NULL;
	struct key *k;
	const char *request, *value;

	json_set_text(data, "token", "T\"1");
	ck_assert_int_eq(key_generate(kinds[_i], &k, &e), 0);
	ck_assert_int_eq(message_build(&from, "REGISTRATION", "7648446339161391345", INT64_C(1764000000000), data, k, &body,
				       &e),
			 0);
	outer = read_json(body.data);
	request = member(outer, "request");
	ck_assert_str_eq(
		request,
		"{\"header\":{\"version\":\"1.3\",\"locale\":\"en_US.UTF-8\",\"sudi\":{\"suvi\":null,\"uuid\":\"" UUID "\","
		"\"host_identifier\":null,\"mac_address\":null,\"udi_pid\":\"UCM\",\"udi_serial_number\":\"37624\",\"udi_vid\":null},"
		"\"timestamp\":1764000000000,\"nonce\":\"7648446339161391345\",\"request_type\":\"REGISTRATION\",\"agent_actions\":null,"
		"\"connect_info\":{\"name\":\"C_agent\",\"version\":\"1.3.4\",\"production\":true,\"additional_info\":\"\",\"capabilities\":"
		"[\"UTILITY\",\"DLC\",\"AppHA\",\"MULTITIER\",\"EXPORT_2\",\"OK_TRY_AGAIN\"]},\"product_instance_identifier\":\"\","
		"\"id_cert_serial_number\":\"\",\"signing_cert_serial_number\":\"\"},\"nonce\":\"7648446339161391345\","
		"\"request_data\":\"{\\\"token\\\":\\\"T\\\\\\\"1\\\",\\\"timestamp\\\":1764000000000,\\\"nonce\\\":\\\"7648446339161391345\\\"}\"}");
	ck_assert(json_is_null(json_object_get(outer, "credential")));
	ck_assert_str_eq(member(json_object_get(outer, "signature"), "type"), "SHA-256");
	value = member(json_object_get(outer, "signature"), "value");
	ck_assert_int_eq(b64_decode(value, strlen(value), &signature), 0);
	ck_assert_int_eq(key_verify(k, request, strlen(request), signature.data, signature.n, &e), 0);
	ck_assert_ptr_null(json_object_get(data, "nonce"));
	key_free(k);
}
END_TEST

START_TEST(test_message_unsigned)
{
	struct message_sender from = { "UCM", "37624", UUID, "", "" };
	AUTO_BUF body = BUF_INIT;
	AUTO_JSON *data = json_object();

	ck_assert_int_eq(message_build(&from, "HELLO", "1", 5, data, NULL, &body, &e), 0);
	ck_assert(strncmp(body.data, "{\"signature\":{\"type\":\"SHA-256\",\"value\":\"\"},\"credential\":null,", 61) == 0);
}
END_TEST

START_TEST(test_nonce)
{
	char nonce[MESSAGE_NONCE_SIZE], last[MESSAGE_NONCE_SIZE] = "";

	for (int i = 0; i < 1000; i++) {
		message_nonce(nonce);
		ck_assert(strspn(nonce, "0123456789") == strlen(nonce) && *nonce && (nonce[0] != '0' || nonce[1] == '\0'));
		ck_assert_str_ne(nonce, last);
		strcpy(last, nonce);
	}
}
END_TEST

/* Which flaws make an answer no answer, by what was asked. */
static bool is_flaw_of(enum fake_flaw f, const char *what)
{
	bool certificate = f >= FLAW_ID_OTHER_KEY;

	if (f == FLAW_NONE)
		return false;
	if (f == FLAW_IDENTIFIER)
		return strcmp(what, "register") != 0; /* in REGISTRATION it is not looked at */
	if (certificate && strcmp(what, "usage") == 0)
		return false;
	/* Which CA under the root is the manager's issuing CA, only the root's signer can say: it is believed. */
	if (server.manager)
		return f != FLAW_MANAGER_SIGNS && !(f == FLAW_ID_OTHER_CA && strcmp(what, "register") == 0);
	/* A satellite's registration answered by the root's own signer looks as the manager's: the root may do that. */
	return f != FLAW_SATELLITE_SIGNS && !(f == FLAW_MANAGER_SIGNS && strcmp(what, "register") == 0);
}

START_TEST(test_wrong_answers)
{
	static const char *const lines[] = { "license smart register idtoken T1", "license usage update",
					     "license smart renew id" };
	static const char *const whats[] = { "register", "usage", "renew" };
	int what = _i % 3;

	server.manager = _i >= 3;
	use_server();
	if (what) {
		command(lines[0]);
		command("license usage set Enhanced=5");
	}
	for (int f = 0; f < FLAW__MAX; f++) {
		AUTO_FREE char *path = in_dir("state.json");
		const char *before = registration();
		int64_t due;

		if (!is_flaw_of((enum fake_flaw)f, whats[what]))
			continue;
		server.flaw = (enum fake_flaw)f;
		server.last_request.n = 0; /* forget, so that the answer is made anew */
		buf_clear(&out);
		ck_assert_msg(agent_command(agent, lines[what], &out, &e) == -1, "flaw %d was taken (%s)", f, whats[what]);
		ck_assert_msg(e.code == E_ANSWER_INVALID, "flaw %d: %s: %s", f, err_name(e.code), e.text);
		if (what == 0) {
			ck_assert_str_eq(registration(), "REGISTERING - REGISTRATION IN PROGRESS");
			ck_assert_str_eq(authorization(), "EVALUATION MODE");
		} else {
			ck_assert_str_eq(registration(), before);
			ck_assert_str_eq(authorization(), "AUTHORIZED");
		}
		due = agent_next_due(agent);
		ck_assert(due > clock_now() && due <= clock_now() + 5 * HOUR_MS);
		ck_assert_int_eq(access(path, F_OK), 0);
	}
	/* and it heals */
	server.flaw = FLAW_NONE;
	server.last_request.n = 0;
	command(lines[what]);
	ck_assert_str_eq(registration(), "REGISTERED");
	ck_assert_str_eq(authorization(), "AUTHORIZED");
}
END_TEST

/* --- the ordinary life --- */

START_TEST(test_journey)
{
	AUTO_JSON *data = NULL;
	AUTO_BUF state = BUF_INIT;
	AUTO_FREE char *path = in_dir("state.json");
	struct stat st;

	ck_assert_str_eq(registration(), "UNREGISTERED");
	command("license usage set enhanced=5 " TAG_BASIC "=2");
	ck_assert_int_eq(server.calls, 0);
	registered();
	ck_assert_str_eq(server.url, "https://satellite.example.net:8442/SmartTransport");
	ck_assert_str_eq(registration(), "REGISTERED");
	ck_assert_str_eq(authorization(), "AUTHORIZED");
	ck_assert_int_eq(server.messages, 2);
	ck_assert_str_eq(server.type, "AUTHORIZATION");
	data = read_json(server.request_data.data);
	ck_assert_int_eq((int)json_array_size(json_object_get(data, "entitlements")), 2);
	ck_assert_str_eq(member(json_array_get(json_object_get(data, "entitlements"), 0), "tag"), TAG_ENHANCED);

	/* only what is named changes; 0 is left out of the report */
	command("license usage set Enhanced=0 CUWL=1");
	json_decref(data);
	data = read_json(server.request_data.data);
	ck_assert_int_eq((int)json_array_size(json_object_get(data, "entitlements")), 2);
	ck_assert_str_eq(member(json_array_get(json_object_get(data, "entitlements"), 0), "tag"), TAG_BASIC);
	ck_assert_str_eq(member(json_array_get(json_object_get(data, "entitlements"), 1), "tag"), TAG_CUWL);

	server.entitlement_status = "OutOfCompliance";
	command("license usage update");
	ck_assert_str_eq(authorization(), "OUT OF COMPLIANCE");
	reopen();
	ck_assert_str_eq(authorization(), "OUT OF COMPLIANCE");
	server.entitlement_status = NULL;
	command("license smart renew auth");
	command("license smart renew id");
	command("license usage update"); /* under the new certificate */
	ck_assert_str_eq(server.previous, "");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);

	command("license smart deregister");
	ck_assert_str_eq(registration(), "UNREGISTERED");
	ck_assert_str_eq(authorization(), "EVALUATION MODE");
	ck_assert_int_eq(file_read(path, 1 << 20, &state, &e), 0);
	ck_assert_ptr_null(strstr(state.data, "PRIVATE KEY"));
	ck_assert_ptr_null(strstr(state.data, "\"T1\""));
	refused("license smart deregister", E_NOT_REGISTERED_PRODUCT);
	refused("license usage update", E_NOT_REGISTERED_PRODUCT);
	refused("license smart renew id", E_NOT_REGISTERED_PRODUCT);
}
END_TEST

START_TEST(test_registration_data)
{
	AUTO_JSON *data = NULL;

	use_server();
	server.flaw = FLAW_NOT_JSON;
	refused("license smart register idtoken \"a \\\"b\\\" \\\\\" FORCE", E_ANSWER_INVALID);
	data = read_json(server.request_data.data);
	ck_assert_str_eq(member(data, "token"), "a \"b\" \\");
	ck_assert_ptr_nonnull(strstr(member(data, "csr"), "BEGIN CERTIFICATE REQUEST"));
	ck_assert_str_eq(member(data, "software_tag_identifier"),
			 "regid.2016-07.com.cisco.UCM,12.0_00000000-0000-4000-8000-000000000001");
	ck_assert_str_eq(member(data, "hostname"), "ucm1");
	ck_assert(json_is_null(json_object_get(data, "ip_address")));
	ck_assert(json_is_true(json_object_get(data, "force")));
	ck_assert_str_ne(member(data, "product_version"), "");
}
END_TEST

START_TEST(test_sme)
{
	struct agent_options o = { .product = "sme", .exchange = fake_server_exchange, .arg = &server };

	agent_close(agent);
	ck_assert_int_eq(agent_open(dir, &o, clock_now(), &agent, &e), 0);
	ck_assert_str_eq(command("show license udi"),
			 "Product Information\n===================\nUDI: PID:UCM_SME,SN:37624,UUID:" UUID "\n");
	registered();
	ck_assert_ptr_nonnull(strstr(server.request.data, "UCM_SME"));
}
END_TEST

START_TEST(test_registration_refused)
{
	use_server();
	server.fail = "TOKEN_EXPIRED";
	refused("license smart register idtoken T1", E_TOKEN_EXPIRED);
	ck_assert_str_eq(e.text, "The server says TOKEN_EXPIRED.");
	ck_assert_str_eq(registration(), "UNREGISTERED - REGISTRATION FAILED");
	ck_assert(agent_next_due(agent) == INT64_MAX);
	server.fail = "SOMETHING_NEW";
	refused("license smart register idtoken T2", E_SERVER_FAILED);
	command("license smart register idtoken T3");
	refused("license smart register idtoken T4", E_ALREADY_REGISTERED);
	command("license smart register idtoken T4 force");
	server.fail = "TOKEN_REVOKED";
	refused("license smart register idtoken T5 force", E_TOKEN_REVOKED);
	ck_assert_str_eq(registration(), "REGISTERED");
	command("license usage update");
}
END_TEST

START_TEST(test_registered_but_not_authorized)
{
	struct err why;

	use_server();
	command("license usage set Basic=1");
	/* the first message is answered, the second refused */
	server.try_again_s = 0;
	ck_assert_int_eq(agent_register(agent, "T1", false, clock_now(), &e), 0);
	command("license smart deregister");
	server.down = true;
	ck_assert_int_eq(agent_register(agent, "T1", false, clock_now(), &why), -1);
	ck_assert_int_eq(why.code, E_CONNECT_FAILED);
	ck_assert_str_eq(registration(), "REGISTERING - REGISTRATION IN PROGRESS");
	/* retried by itself */
	server.down = false;
	tick();
	ck_assert_str_eq(registration(), "REGISTERING - REGISTRATION IN PROGRESS");
	clock_fake_advance(2 * MINUTE_MS);
	tick();
	ck_assert_str_eq(registration(), "REGISTERED");
	ck_assert_str_eq(authorization(), "AUTHORIZED");
}
END_TEST

START_TEST(test_try_again)
{
	registered();
	server.try_again_s = 600;
	refused("license usage update", E_BUSY);
	ck_assert(agent_next_due(agent) == clock_now() + 600 * SECOND_MS);
	clock_fake_advance(600 * SECOND_MS - 1);
	tick();
	ck_assert_int_eq(server.calls, 3);
	clock_fake_advance(1);
	tick();
	ck_assert_int_eq(server.calls, 4);
	ck_assert(agent_next_due(agent) == clock_now() + DAY_MS);
}
END_TEST

START_TEST(test_deregister_unreachable)
{
	registered();
	server.down = true;
	refused("license smart deregister", E_CONNECT_FAILED);
	ck_assert_ptr_nonnull(strstr(e.text, "stays registered"));
	ck_assert_str_eq(registration(), "REGISTERED");
	server.down = false;
	command("license smart deregister");
	ck_assert_str_eq(registration(), "UNREGISTERED");
}
END_TEST

START_TEST(test_deregister_gone)
{
	static const char *const codes[] = { "CERTIFICATE_REVOKED", "UNKNOWN_INSTANCE", "CERTIFICATE_EXPIRED",
					     "ACCOUNT_INACTIVE" };

	registered();
	server.fail = codes[_i];
	if (_i == 3) {
		refused("license smart deregister", E_ACCOUNT_INACTIVE);
		ck_assert_str_eq(registration(), "REGISTERED");
	} else {
		command("license smart deregister");
		ck_assert_str_eq(registration(), "UNREGISTERED");
	}
}
END_TEST

/* --- losing power --- */

/* The state as it was when the message was on its way. */
static int snapshot_exchange(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *why)
{
	AUTO_FREE char *from = in_dir("state.json"), *to = in_dir("before");
	AUTO_BUF text = BUF_INIT;
	const char *wanted = arg;

	if (strstr(body, wanted)) {
		ck_assert_int_eq(file_read(from, 1 << 20, &text, why), 0);
		ck_assert_int_eq(file_write(to, 0600, text.data, text.n, why), 0);
	}
	return fake_server_exchange(&server, url, body, n, answer, why);
}

/* Does a command, takes back what it saved after the answer, and comes back after a pause. */
static void lose_power(const char *line, const char *type, int64_t pause_ms)
{
	struct agent_options o = { .exchange = snapshot_exchange, .arg = (void *)type };
	AUTO_FREE char *from = in_dir("before"), *to = in_dir("state.json");

	agent_close(agent);
	ck_assert_int_eq(agent_open(dir, &o, clock_now(), &agent, &e), 0);
	command(line);
	agent_close(agent);
	ck_assert_int_eq(rename(from, to), 0);
	clock_fake_advance(pause_ms);
	open_agent();
}

START_TEST(test_crash_registration)
{
	AUTO_BUF first = BUF_INIT;
	int messages;

	use_server();
	lose_power("license smart register idtoken T1", "REGISTRATION", _i * HOUR_MS);
	ck_assert_str_eq(registration(), "REGISTERING - REGISTRATION IN PROGRESS");
	ck_assert_int_eq(server.registrations, 1);
	messages = server.messages;
	server.last_request.n = 0; /* AUTHORIZATION came later: the server gives the present certificate again */
	command("license smart register idtoken T1");
	ck_assert_int_eq(server.messages, messages + 2);
	ck_assert_int_eq(server.registrations, 1);
	ck_assert_str_eq(registration(), "REGISTERED");
	ck_assert_str_eq(authorization(), "AUTHORIZED");
}
END_TEST

START_TEST(test_crash_same_bytes)
{
	static const char *const lines[] = { "license usage update", "license smart renew id", "license smart deregister" };
	static const char *const types[] = { "AUTHORIZATION", "RENEW_REGISTRATION", "DEREGISTRATION" };

	registered();
	command("license usage set Basic=3");
	clock_fake_advance(1000);
	lose_power(lines[_i], types[_i], HOUR_MS - 1);
	ck_assert_str_eq(registration(), "REGISTERED");
	command(lines[_i]);
	ck_assert_int_eq(server.replays, 1);
	ck_assert_str_eq(registration(), _i == 2 ? "UNREGISTERED" : "REGISTERED");
	if (_i < 2)
		command("license usage update");
}
END_TEST

START_TEST(test_crash_renewal_late)
{
	registered();
	lose_power("license smart renew id", "RENEW_REGISTRATION", 3 * HOUR_MS);
	command("license usage update"); /* under the predecessor */
	ck_assert_str_ne(server.previous, "");
	command("license smart renew id");
	command("license usage update");
	ck_assert_str_eq(server.previous, "");
	ck_assert_int_eq(server.replays, 0);
}
END_TEST

START_TEST(test_lost_answers)
{
	registered();
	server.lose_answer = true;
	refused("license usage update", E_CONNECT_FAILED);
	command("license usage update");
	ck_assert_int_eq(server.replays, 1);
	/* other content is another message */
	server.lose_answer = true;
	refused("license usage update", E_CONNECT_FAILED);
	command("license usage set Basic=1");
	ck_assert_int_eq(server.replays, 1);
	/* a repeated message that has become too old for the server's clock is replaced at once */
	server.lose_answer = true;
	refused("license usage update", E_CONNECT_FAILED);
	server.last_request.n = 0;
	clock_fake_advance(50 * MINUTE_MS);
	server.clock_offset = 20 * MINUTE_MS;
	command("license usage update");
	server.clock_offset = 2 * HOUR_MS;
	refused("license usage update", E_CLOCK_SKEW);
}
END_TEST

START_TEST(test_crash_forced_move)
{
	registered();
	lose_power("license smart register idtoken T2 force", "REGISTRATION", 0);
	server.last_request.n = 0;
	/* the old certificate is superseded at the server: whatever comes next settles the move first */
	command("license usage update");
	ck_assert_int_eq(server.registrations, 1);
	ck_assert_str_eq(authorization(), "AUTHORIZED");
}
END_TEST

/* --- time --- */

START_TEST(test_daily_and_monthly)
{
	registered();
	ck_assert(agent_next_due(agent) == clock_now() + DAY_MS);
	clock_fake_advance(DAY_MS - 1);
	tick();
	ck_assert_int_eq(server.calls, 2);
	clock_fake_advance(1);
	tick();
	ck_assert_int_eq(server.calls, 3);
	tick();
	ck_assert_int_eq(server.calls, 3);
	ck_assert_str_eq(server.type, "AUTHORIZATION");
}
END_TEST

START_TEST(test_90_days_alone)
{
	int64_t start;

	registered();
	command("license usage set Enhanced=5");
	start = clock_now();
	server.down = true;
	clock_fake_set(start + 90 * DAY_MS - 1);
	tick();
	ck_assert_str_eq(authorization(), "AUTHORIZED");
	clock_fake_set(start + 90 * DAY_MS);
	tick();
	ck_assert_str_eq(authorization(), "AUTHORIZATION EXPIRED");
	ck_assert_str_eq(registration(), "REGISTERED");
	server.down = false;
	server.fail = "SYNC_EXPIRED"; /* FAILED is no contact */
	clock_fake_advance(5 * HOUR_MS);
	tick();
	ck_assert_str_eq(authorization(), "AUTHORIZATION EXPIRED");
	clock_fake_advance(HOUR_MS);
	tick();
	ck_assert_str_eq(authorization(), "AUTHORIZED");
}
END_TEST

START_TEST(test_renewal_180_days)
{
	char serial[CERT_SERIAL_TEXT];
	int64_t start;

	registered();
	start = clock_now();
	strcpy(serial, server.serial);
	clock_fake_set(start + 180 * DAY_MS - 1);
	tick();
	ck_assert_str_eq(server.serial, serial);
	clock_fake_set(start + 180 * DAY_MS);
	tick();
	ck_assert_str_ne(server.serial, serial);
	ck_assert_str_eq(registration(), "REGISTERED");
	clock_fake_set(start + 400 * DAY_MS);
	ck_assert_str_eq(registration(), "REGISTERED");
	tick();
	ck_assert_str_eq(authorization(), "AUTHORIZED");
}
END_TEST

START_TEST(test_expiry_365_days)
{
	int64_t start;

	clock_fake_advance(10 * DAY_MS); /* of the evaluation */
	registered();
	start = clock_now();
	server.down = true;
	clock_fake_set(start + 365 * DAY_MS - 1);
	tick();
	ck_assert_str_eq(registration(), "REGISTERED");
	clock_fake_set(start + 365 * DAY_MS);
	ck_assert_str_eq(registration(), "UNREGISTERED - REGISTRATION EXPIRED");
	ck_assert_str_eq(authorization(), "EVALUATION MODE");
	tick();
	ck_assert(agent_next_due(agent) == INT64_MAX);
	ck_assert(agent_evaluation_left(agent, clock_now()) == 80 * DAY_MS);
	clock_fake_advance(80 * DAY_MS - 1);
	ck_assert_str_eq(authorization(), "EVALUATION MODE");
	reopen();
	clock_fake_advance(1);
	ck_assert_str_eq(authorization(), "EVAL EXPIRED");
	refused("license usage set Basic=1", E_EVALUATION_EXPIRED);
	refused("license usage update", E_NOT_REGISTERED_PRODUCT);
	server.down = false;
	key_free(server.product_key);
	server.product_key = NULL;
	command("license smart register idtoken T9");
	ck_assert_str_eq(registration(), "REGISTERED");
	command("license usage set Basic=1");
	ck_assert_str_eq(authorization(), "AUTHORIZED");
}
END_TEST

START_TEST(test_expired_then_deregister)
{
	registered();
	server.down = true;
	clock_fake_advance(366 * DAY_MS);
	command("license smart deregister");
	ck_assert_str_eq(registration(), "UNREGISTERED");
	ck_assert(agent_evaluation_left(agent, clock_now()) == 89 * DAY_MS);
}
END_TEST

START_TEST(test_evaluation)
{
	int64_t start = clock_now();

	command("license usage set Basic=5");
	clock_fake_set(start + 30 * DAY_MS);
	tick();
	ck_assert(agent_evaluation_left(agent, clock_now()) == 60 * DAY_MS);
	/* a clock set back gives nothing back */
	clock_fake_set(start);
	tick();
	reopen();
	ck_assert(agent_evaluation_left(agent, clock_now()) == 60 * DAY_MS);
	/* not spent while registered */
	registered();
	clock_fake_advance(20 * DAY_MS);
	command("license smart deregister");
	ck_assert(agent_evaluation_left(agent, clock_now()) == 60 * DAY_MS);
	clock_fake_advance(60 * DAY_MS - 1);
	command("license usage set Basic=6");
	clock_fake_advance(1);
	ck_assert_str_eq(authorization(), "EVAL EXPIRED");
	refused("license usage set Basic=7", E_EVALUATION_EXPIRED);
	refused("license usage set Basic=0 Enhanced=1", E_EVALUATION_EXPIRED);
	command("license usage set Basic=6");
	command("license usage set Basic=1"); /* and fewer is always allowed */
	refused("license usage set Basic=6", E_EVALUATION_EXPIRED);
	registered();
	command("license usage set Basic=6");
}
END_TEST

START_TEST(test_400_days_by_itself)
{
	int64_t end = clock_now() + 400 * DAY_MS;
	int renewals = 0;
	char serial[CERT_SERIAL_TEXT];

	registered();
	command("license usage set Enhanced=5");
	strcpy(serial, server.serial);
	while (agent_next_due(agent) < end) {
		ck_assert(agent_next_due(agent) > clock_now());
		clock_fake_set(agent_next_due(agent));
		tick();
		ck_assert_str_eq(registration(), "REGISTERED");
		ck_assert_str_eq(authorization(), "AUTHORIZED");
		renewals += strcmp(serial, server.serial) != 0;
		strcpy(serial, server.serial);
	}
	ck_assert_int_eq(renewals, 2);
	ck_assert_int_ge(server.messages, 400);
}
END_TEST

START_TEST(test_server_gone_and_back)
{
	int64_t start;
	int calls;

	registered();
	start = clock_now();
	server.down = true;
	calls = server.calls;
	while (agent_next_due(agent) < start + 100 * DAY_MS) {
		ck_assert(agent_next_due(agent) > clock_now());
		clock_fake_set(agent_next_due(agent));
		tick();
		ck_assert_str_eq(authorization(),
				 clock_now() < start + 90 * DAY_MS ? "AUTHORIZED" : "AUTHORIZATION EXPIRED");
	}
	ck_assert_int_lt(server.calls - calls, 700); /* backs off */
	server.down = false;
	clock_fake_set(agent_next_due(agent));
	tick();
	ck_assert_str_eq(authorization(), "AUTHORIZED");
}
END_TEST

/* --- what people see --- */

START_TEST(test_show_registered)
{
	use_server();
	clock_fake_advance(-(int64_t)78 * DAY_MS);
	command("license usage set Enhanced=5");
	clock_fake_set(INT64_C(1516959683000)); /* the evaluation began now and 78 days before, in one: see below */
	command("license smart register idtoken T1");
	clock_fake_advance(96 * SECOND_MS);
	command("license usage update");
	ck_assert_str_eq(command("show license all"),
			 "Smart Licensing Status\n"
			 "=======================\n"
			 "Smart Licensing is ENABLED\n"
			 " \n"
			 "Registration:\n"
			 "  Status: REGISTERED\n"
			 "  Smart Account: BU Production Test\n"
			 "  Virtual Account: TAC-CollabTesting\n"
			 "  Export-Controlled Functionality: Allowed\n"
			 "  Initial Registration: SUCCEEDED on Jan 26 15:11:23 2018 IST\n"
			 "  Last Renewal Attempt: SUCCEEDED on Jan 26 15:11:23 2018 IST\n"
			 "  Next Renewal Attempt: Jul 25 15:11:23 2018 IST\n"
			 "  Registration Expires: Jan 26 15:11:23 2019 IST\n"
			 " \n"
			 "License Authorization:\n"
			 "  Status: AUTHORIZED on Jan 26 15:12:59 2018 IST\n"
			 "  Last Communication Attempt: SUCCEEDED on Jan 26 15:12:59 2018 IST\n"
			 "  Next Communication Attempt: Feb 25 15:12:59 2018 IST\n"
			 "  Communication Deadline: Apr 26 15:12:59 2018 IST\n"
			 " \n"
			 "Evaluation Period:\n"
			 "  Evaluation Mode: Not In Use\n"
			 "  Evaluation Period Remaining: 12 days 0 hr 0 min 0 sec\n"
			 " \n"
			 "License Usage\n"
			 "=============\n"
			 "License Authorization Status: AUTHORIZED as of Jan 26 15:12:59 2018 IST\n"
			 " \n"
			 "UC Manager Enhanced License (12.x) (" TAG_ENHANCED ")\n"
			 "  Description: UC Manager Enhanced License\n"
			 "  Count: 5\n"
			 "  Version: 12.0\n"
			 "  Status: InCompliance\n"
			 " \n"
			 "Product Information\n"
			 "===================\n"
			 "UDI: PID:UCM,SN:37624,UUID:6fe83addc80240bc92dc071ac7a37624\n"
			 " \n"
			 "Agent Version\n"
			 "=============\n"
			 "Smart Agent for Licensing: 1.3.4\n");
	ck_assert_str_eq(command("show license usage"),
			 "License Usage\n"
			 "=============\n"
			 "License Authorization Status: AUTHORIZED as of Jan 26 15:12:59 2018 IST\n"
			 " \n"
			 "UC Manager Enhanced License (12.x) (" TAG_ENHANCED ")\n"
			 "  Description: UC Manager Enhanced License\n"
			 "  Count: 5\n"
			 "  Version: 12.0\n"
			 "  Status: InCompliance\n");
	ck_assert_str_eq(
		command("SHOW License SUMMARY"),
		"Smart Licensing is ENABLED.\n"
		"\n"
		"Registration:\n"
		"  Status: REGISTERED\n"
		"  Smart Account: BU Production Test\n"
		"  Virtual Account: TAC-CollabTesting\n"
		"  Last Renewal Attempt: None\n"
		"  Next Renewal Attempt: Jul 25 15:11:23 2018 IST\n"
		"\n"
		"License Authorization:\n"
		"  Status: AUTHORIZED\n"
		"  Last Communication Attempt: SUCCEEDED\n"
		"  Next Communication Attempt: Feb 25 15:12:59 2018 IST\n"
		"\n"
		"License Usage:\n"
		"  License                     Entitlement Tag                                                                        Count        Status\n"
		"  --------------------------------------------------------------------------------------------------------------------------------------\n"
		"                              " TAG_CUWL "             0            Init\n"
		"                              " TAG_PLUS "     0            Init\n"
		"  UC Manager Enhanced License " TAG_ENHANCED "         5            InCompliance\n"
		"                              " TAG_BASIC "            0            Init\n"
		"                              " TAG_ESSENTIAL "        0            Init\n"
		"                              " TAG_ROOM " 0            Init\n");
}
END_TEST

START_TEST(test_show_evaluation)
{
	clock_fake_advance(2 * DAY_MS + 22 * HOUR_MS + 19 * MINUTE_MS);
	command("license usage set Basic=3 regid.1999-01.com.example.X,1_2=7");
	ck_assert_str_eq(command("show license status"), "Smart Licensing Status\n"
							 "=======================\n"
							 "Smart Licensing is ENABLED\n"
							 " \n"
							 "Registration:\n"
							 "  Status: UNREGISTERED\n"
							 "  Export-Controlled Functionality: Not Allowed\n"
							 " \n"
							 "License Authorization:\n"
							 "  Status: EVALUATION MODE\n"
							 "  Evaluation Period Remaining: 87 days 1 hr 41 min 0 sec\n"
							 "  Last Communication Attempt: NONE\n"
							 " \n"
							 "Evaluation Period:\n"
							 "  Evaluation Mode: In Use\n"
							 "  Evaluation Period Remaining: 87 days 1 hr 41 min 0 sec\n");
	ck_assert_str_eq(command("show license usage"), "License Usage\n"
							"=============\n"
							"License Authorization Status: EVALUATION MODE\n"
							"  Evaluation Period Remaining: 87 days 1 hr 41 min 0 sec\n"
							" \n"
							"UC Manager Basic License (12.x) (" TAG_BASIC ")\n"
							"  Description: UC Manager Basic License\n"
							"  Count: 3\n"
							"  Version: 12.0\n"
							"  Status: Eval\n"
							" \n"
							" (regid.1999-01.com.example.X,1_2)\n"
							"  Description: \n"
							"  Count: 7\n"
							"  Version: \n"
							"  Status: Eval\n");
	command("show license summary");
	ck_assert_ptr_nonnull(
		strstr(out.data, "Registration:\n  Status: UNREGISTERED\n  Export-Controlled Functionality: Not Allowed\n\n"
				 "License Authorization:\n  Status: EVALUATION MODE\n  Evaluation Period Remaining: "));
	ck_assert_ptr_nonnull(
		strstr(out.data, "\n                              regid.1999-01.com.example.X,1_2                        "
				 "                                7            Eval\n"));
	clock_fake_advance(88 * DAY_MS);
	command("show license all");
	ck_assert_ptr_nonnull(
		strstr(out.data,
		       "  Status: EVAL EXPIRED on Apr 26 15:11:23 2018 IST\n  Last Communication Attempt: NONE\n"));
	ck_assert_ptr_nonnull(
		strstr(out.data,
		       "  Evaluation Mode: Not In Use\n  EVALUATION PERIOD EXPIRED on Apr 26 15:11:23 2018 IST\n \n"));
	ck_assert_ptr_nonnull(
		strstr(out.data, "License Authorization Status: EVAL EXPIRED as of Apr 26 15:11:23 2018 IST\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "  Status: EvalExpired\n"));
}
END_TEST

START_TEST(test_show_failures)
{
	use_server();
	server.down = true;
	refused("license smart register idtoken T1", E_CONNECT_FAILED);
	command("show license all");
	ck_assert_ptr_nonnull(strstr(
		out.data,
		"  Status: REGISTERING - REGISTRATION IN PROGRESS\n  Export-Controlled Functionality: Not Allowed\n"
		"  Initial Registration: FAILED on Jan 26 15:11:23 2018 IST\n"
		"    Failure reason: Cannot connect to https://satellite.example.net:8442/SmartTransport: Connection refused.\n"
		"  Next Registration Attempt: Jan 26 15:12:2"));
	server.down = false;
	server.fail = "INVALID_TOKEN";
	refused("license smart register idtoken T1", E_INVALID_TOKEN);
	command("show license summary");
	ck_assert_ptr_nonnull(
		strstr(out.data,
		       "  Status: UNREGISTERED - REGISTRATION FAILED\n  Export-Controlled Functionality: Not Allowed\n"
		       "  Initial Registration: FAILED\n    Failure reason: The server says INVALID_TOKEN.\n\n"));
	server.export_allowed = false;
	command("license smart register idtoken T1");
	command("license usage set Basic=1");
	command("show license all");
	ck_assert_ptr_nonnull(strstr(out.data, "  Export-Controlled Functionality: Not Allowed\n"));
	server.down = true;
	refused("license smart renew id", E_CONNECT_FAILED);
	clock_fake_advance(90 * DAY_MS);
	tick();
	command("show license all");
	ck_assert_ptr_nonnull(
		strstr(out.data,
		       "  Last Renewal Attempt: FAILED on Apr 26 15:11:23 2018 IST\n    Failure reason: Cannot connect"));
	ck_assert_ptr_nonnull(
		strstr(out.data, "  Status: AUTHORIZATION EXPIRED on Apr 26 15:11:23 2018 IST\n"
				 "  Last Communication Attempt: FAILED on Apr 26 15:11:23 2018 IST\n    Failure reason: "));
	ck_assert_ptr_nonnull(strstr(out.data, "  Communication Deadline: DEADLINE EXCEEDED\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "  Status: AuthorizationExpired\n"));
	clock_fake_advance(275 * DAY_MS);
	command("show license all");
	ck_assert_ptr_nonnull(
		strstr(out.data, "  Status: UNREGISTERED - REGISTRATION EXPIRED\n  Smart Account: BU Production Test\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "  Registration Expires: Jan 26 15:11:23 2019 IST\n \n"));
	ck_assert_ptr_nonnull(strstr(out.data, "  Status: EVALUATION MODE\n"));
}
END_TEST

/* --- commands --- */

START_TEST(test_bad_commands)
{
	static const char *const lines[] = {
		"",
		"   ",
		"license",
		"license smart",
		"license smart register",
		"license smart register idtoken",
		"license smart register idtoken T1 please",
		"license smart register idtoken T1 force force",
		"license smart register idtoken \"\"",
		"license smart deregister now",
		"license smart renew",
		"license smart renew all",
		"license usage",
		"license usage set",
		"license usage set Basic",
		"license usage set =5",
		"license usage set Basic=",
		"license usage set Basic=-1",
		"license usage set Basic=2147483648",
		"license usage set Basic=1.0",
		"license usage set Basic=1 basic=2",
		"license usage set Basic=0x5",
		"license usage set \"Basic=5",
		"license usage update all",
		"show",
		"show license",
		"show license everything",
		"show license all summary",
		"licensesmart deregister",
		"reload",
		"license smart transport gateway",
		"license smart transport gateway a b",
		"help me",
		"\"",
		"show \"license\" \"",
		"\xff\xfe",
		"show license all\x01",
	};
	AUTO_BUF longest = BUF_INIT;

	use_server();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		refused(lines[i], E_USAGE);
	refused("license usage set Gold=5", E_ENTITLEMENT_UNKNOWN);
	refused("license usage set Basic=1 \"Enhanced Plus=5\"", E_ENTITLEMENT_UNKNOWN);
	command("show license summary");
	ck_assert_ptr_nonnull(strstr(out.data, TAG_BASIC "            0 ")); /* all or nothing */
	for (int i = 0; i < 70; i++)
		buf_adds(&longest, "word ");
	refused(longest.data, E_USAGE);
	for (int i = 0; i < 5000; i++)
		buf_adds(&longest, "word ");
	refused(longest.data, E_USAGE);
	ck_assert_int_eq(server.calls, 0);
	command("license usage set CUWL=2147483647");
	command("  show\tlicense   \"all\"  ");
	ck_assert_ptr_nonnull(strstr(command("HELP"), "license smart register idtoken TOKEN [force]\n"));
}
END_TEST

START_TEST(test_not_set_up)
{
	struct agent_options o = { .exchange = fake_server_exchange, .arg = &server };
	AUTO_FREE char *path = in_dir("state.json");

	refused("license smart register idtoken T1", E_USAGE); /* no address */
	agent_close(agent);
	unlink(path);
	ck_assert_int_eq(agent_open(dir, &o, clock_now(), &agent, &e), 0);
	use_server();
	refused("license smart register idtoken T1", E_USAGE); /* no root */
	ck_assert_ptr_nonnull(strstr(e.text, "--root-file"));
	ck_assert_int_eq(server.calls, 0);
	command("show license udi"); /* made up serial number and UUID */
	ck_assert_int_eq((int)strspn(strstr(out.data, "SN:") + 3, "0123456789"), 5);
	ck_assert_int_eq((int)strspn(strstr(out.data, "UUID:") + 5, "0123456789abcdef"), 32);
}
END_TEST

START_TEST(test_urls)
{
	static const char *const good[][2] = {
		{ "satellite:8442", "https://satellite:8442/SmartTransport" },
		{ "Satellite.Example.net:443", "https://Satellite.Example.net/SmartTransport" },
		{ "10.1.2.3:8442", "https://10.1.2.3:8442/SmartTransport" },
		{ "[2001:db8::1]:8442", "https://[2001:db8::1]:8442/SmartTransport" },
		{ "satellite", "https://satellite/SmartTransport" },
		{ "https://satellite:8442", "https://satellite:8442/SmartTransport" },
		{ "HTTPS://satellite:8442/", "https://satellite:8442/SmartTransport" },
		{ "https://satellite:8442/x/SmartTransport", "https://satellite:8442/x/SmartTransport" },
	};
	static const char *const bad[] = {
		"",
		":",
		":8442",
		"satellite:",
		"satellite:0",
		"satellite:65536",
		"satellite:http",
		"http://satellite:80",
		"ftp://satellite",
		"2001:db8::1:8442",
		"[2001:db8::1",
		"[::g]:1",
		"user@satellite:8442",
		"https://u:p@satellite",
		"satellite:8442?x=1",
		"https://satellite/#a",
		"sat ellite:8442",
		"satellite:84 42",
		"sat\x7f:1",
		"https://",
		"file:///etc/passwd",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		AUTO_BUF url = BUF_INIT;

		ck_assert_msg(transport_url(good[i][0], &url, &e) == 0, "%s: %s", good[i][0], e.text);
		ck_assert_str_eq(url.data, good[i][1]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO_BUF url = BUF_INIT;

		ck_assert_msg(transport_url(bad[i], &url, &e) == -1, "accepted %s as %s", bad[i], url.data);
		ck_assert_int_eq(e.code, E_USAGE);
	}
}
END_TEST

/* --- the state folder --- */

START_TEST(test_lock)
{
	struct agent_options o = { 0 };
	struct agent *second = NULL;

	ck_assert_int_eq(agent_open(dir, &o, clock_now(), &second, &e), -1);
	ck_assert_int_eq(e.code, E_BUSY);
	ck_assert_ptr_null(second);
	reopen();
}
END_TEST

START_TEST(test_tidy)
{
	AUTO_FREE char *left = in_dir("state.json.a1B2c3");

	ck_assert_int_eq(file_write(left, 0600, "PRIVATE KEY", 11, &e), 0);
	reopen();
	ck_assert_int_eq(access(left, F_OK), -1);
	command("show license all");
}
END_TEST

START_TEST(test_identity_changes)
{
	struct agent_options bad[] = {
		{ .product = "SME" }, { .serial = "1" },         { .uuid = "00000000000000000000000000000000" },
		{ .root_pem = NULL }, { .product = "PBX" },      { .uuid = "12" },
		{ .serial = "a b" },  { .root_pem = "nothing" }, { .ca_pem = "" },
		{ .hostname = "" },
	};
	static const enum err_code codes[] = { E_CONFLICT,
					       E_CONFLICT,
					       E_CONFLICT,
					       E_CONFLICT,
					       E_USAGE,
					       E_USAGE,
					       E_USAGE,
					       E_CERTIFICATE_INVALID,
					       E_CERTIFICATE_INVALID,
					       E_USAGE };
	AUTO_BUF other = BUF_INIT;

	cert_write_pem(server.false_root.cert, &other);
	bad[3].root_pem = other.data;
	registered();
	agent_close(agent);
	agent = NULL;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(agent_open(dir, &bad[i], clock_now(), &agent, &e) == -1, "%zu", i);
		ck_assert_msg(e.code == codes[i], "%zu: %s %s", i, err_name(e.code), e.text);
	}
	open_agent();
	ck_assert_str_eq(registration(), "REGISTERED");
	command("license smart deregister");
	agent_close(agent);
	ck_assert_int_eq(agent_open(dir, &bad[0], clock_now(), &agent, &e), 0);
}
END_TEST

START_TEST(test_damaged_state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}",
		"{\"format\":\"product-agent/9\"}",
		"{\"format\":\"product-agent/1\"}",
		"{\"format\":\"product-agent/1\",\"product\":\"UCM\",\"udi_serial_number\":5,\"uuid\":\"a\"}",
		"{\"format\":\"product-agent/1\",\"product\":\"UCM\",\"udi_serial_number\":\"5\",\"uuid\":\"a\",\"renew_at\":\"x\"}",
		"{\"format\":\"product-agent/1\",\"product\":\"UCM\",\"udi_serial_number\":\"5\",\"uuid\":\"a\",\"usage\":[{\"count\":1}]}",
		"{\"format\":\"product-agent/1\",\"product\":\"UCM\",\"udi_serial_number\":\"5\",\"uuid\":\"a\",\"usage\":5}",
		"{\"format\":\"product-agent/1\",\"product\":\"UCM\",\"udi_serial_number\":\"5\",\"uuid\":\"a\",\"key\":\"x\",\"csr\":\"y\"}",
		"{\"format\":\"product-agent/1\",\"product\":\"UCM\",\"udi_serial_number\":\"5\",\"uuid\":\"a\",\"id_certificate\":\"x\"}",
	};
	AUTO_FREE char *path = in_dir("state.json");
	AUTO_BUF whole = BUF_INIT, cut = BUF_INIT;
	struct agent_options o = { 0 };

	registered();
	agent_close(agent);
	agent = NULL;
	ck_assert_int_eq(file_read(path, 1 << 20, &whole, &e), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_int_eq(file_write(path, 0600, texts[i], strlen(texts[i]), &e), 0);
		ck_assert_msg(agent_open(dir, &o, clock_now(), &agent, &e) == -1, "%s", texts[i]);
		ck_assert_int_eq(e.code, E_FILE_ERROR);
		ck_assert_ptr_nonnull(strstr(e.text, path));
		cut.n = 0;
		ck_assert_int_eq(file_read(path, 1 << 20, &cut, &e), 0); /* it is left as it is */
		ck_assert_uint_eq(cut.n, strlen(texts[i]));
	}
	for (size_t n = 0; n < whole.n - 2; n += 97) {
		ck_assert_int_eq(file_write(path, 0600, whole.data, n, &e), 0);
		ck_assert_int_eq(agent_open(dir, &o, clock_now(), &agent, &e), -1);
	}
	ck_assert_int_eq(file_write(path, 0600, whole.data, whole.n, &e), 0);
	open_agent();
	ck_assert_str_eq(registration(), "REGISTERED");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("agent");
	TCase *t = tcase_create("agent");
	SRunner *r;
	int failed;

	json_init();
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_message_form, 0, 2);
	tcase_add_test(t, test_message_unsigned);
	tcase_add_test(t, test_nonce);
	tcase_add_loop_test(t, test_wrong_answers, 0, 6);
	tcase_add_test(t, test_journey);
	tcase_add_test(t, test_registration_data);
	tcase_add_test(t, test_sme);
	tcase_add_test(t, test_registration_refused);
	tcase_add_test(t, test_registered_but_not_authorized);
	tcase_add_test(t, test_try_again);
	tcase_add_test(t, test_deregister_unreachable);
	tcase_add_loop_test(t, test_deregister_gone, 0, 4);
	tcase_add_loop_test(t, test_crash_registration, 0, 2);
	tcase_add_loop_test(t, test_crash_same_bytes, 0, 3);
	tcase_add_test(t, test_crash_renewal_late);
	tcase_add_test(t, test_lost_answers);
	tcase_add_test(t, test_crash_forced_move);
	tcase_add_test(t, test_daily_and_monthly);
	tcase_add_test(t, test_90_days_alone);
	tcase_add_test(t, test_renewal_180_days);
	tcase_add_test(t, test_expiry_365_days);
	tcase_add_test(t, test_expired_then_deregister);
	tcase_add_test(t, test_evaluation);
	tcase_add_test(t, test_400_days_by_itself);
	tcase_add_test(t, test_server_gone_and_back);
	tcase_add_test(t, test_show_registered);
	tcase_add_test(t, test_show_evaluation);
	tcase_add_test(t, test_show_failures);
	tcase_add_test(t, test_bad_commands);
	tcase_add_test(t, test_not_set_up);
	tcase_add_test(t, test_urls);
	tcase_add_test(t, test_lock);
	tcase_add_test(t, test_tidy);
	tcase_add_test(t, test_identity_changes);
	tcase_add_test(t, test_damaged_state);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
