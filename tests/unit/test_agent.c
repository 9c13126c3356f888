/* The product's side against a server in the same process: what is believed, what survives, what happens when. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/address.h"
#include "agent/agent.h"
#include "agent/message.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypt/b64.h"
#include "json/json.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/fake_server.h"
#include "xml/callhome.h"

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

/* A new state that begins at another time. */
static void begin_at(int64_t at)
{
	AUTO_FREE char *path = in_dir("state.json");

	agent_close(agent);
	unlink(path);
	clock_fake_set(at);
	open_agent();
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
		ck_assert(due > clock_now() && due <= clock_now() + DAY_MS);
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
	command("license usage set Basic=1");
	if (_i)
		server.flaw = FLAW_NOT_JSON;
	else
		server.down = true;
	ck_assert_str_eq(command("license smart deregister"), "Deregistered here. The server does not know it yet.\n");
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), _i ? "cannot be read" : "Connection refused"));
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), "https://satellite.example.net:8442/SmartTransport"));
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), server.identifier));
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), "PID:UCM,SN:37624,UUID:" UUID));
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), "'TAC-CollabTesting'"));
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), "at most until 26 Apr 2018"));
	ck_assert_str_eq(registration(), "UNREGISTERED");
	ck_assert(agent_next_due(agent) == INT64_MAX);
	command("show license all");
	ck_assert_str_eq(agent_warning(agent), "");
}
END_TEST

START_TEST(test_deregister_busy)
{
	registered();
	server.try_again_s = 30;
	refused("license smart deregister", E_BUSY);
	ck_assert_str_eq(registration(), "REGISTERED");
	command("license smart deregister");
	ck_assert_str_eq(agent_warning(agent), "");
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

/* Removed at the server: the states stay what they are, but everything says what to do, and no force is needed. */
START_TEST(test_removed)
{
	registered();
	server.fail = "CERTIFICATE_REVOKED";
	ck_assert_ptr_nonnull(strstr(command("license usage set Enhanced=7"),
				     "\nRegister again: license smart register idtoken TOKEN\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "\nNot reported: "));
	ck_assert_str_eq(registration(), "REGISTERED");
	ck_assert_ptr_nonnull(strstr(command("show license summary"),
				     "  Status: REGISTERED\n    The server does not know this registration any more."));
	reopen();
	ck_assert_ptr_nonnull(strstr(command("show license status"), "does not know this registration any more."));
	command("license smart register idtoken T2");
	ck_assert_ptr_null(strstr(command("show license summary"), "does not know"));
}
END_TEST

START_TEST(test_nearly_commands)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "license smart register",
		  "“license smart register” is not complete. Use: license smart register idtoken TOKEN [force]" },
		{ "license smart renew", "Use: license smart renew auth; license smart renew id" },
		{ "license", "“license” is not complete. Behind it comes smart|usage; “help” lists the commands." },
		{ "license smrt register idtoken T", "There is no command “license smrt”. Did you mean “license smart”?" },
		{ "license smart dereg", "Did you mean “license smart deregister”?" },
		{ "shows license all", "Did you mean “show”?" },
		{ "nonsense", "There is no command “nonsense”. “help” lists them." },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		refused(cases[i].line, E_USAGE);
		ck_assert_msg(strstr(e.text, cases[i].says) != NULL, "%s: %s", cases[i].line, e.text);
	}
}
END_TEST

START_TEST(test_another_server)
{
	registered();
	command("license smart transport gateway satellite.example.net:8442 callhome");
	ck_assert_str_eq(agent_warning(agent), "");
	command("license smart transport gateway other.example.net:8442");
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), "license smart register idtoken TOKEN force"));
	server.flaw = 1;
	refused("license smart renew auth", E_ANSWER_INVALID);
	ck_assert_ptr_nonnull(strstr(e.text, "If this is another server"));
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
	ck_assert_str_eq(
		e.text,
		"This product's clock says 26 Jan 2018, 16:01:23 IST, the server's 26 Jan 2018, 18:01:23 IST: "
		"2 h 0 min apart, less than 1 h is allowed. Set the time (NTP) on the one that is wrong, then try again.");
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
	command("license smart clock accept");
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

/* --- roads, privacy, mixed mode --- */

/* A server that speaks Call Home. */
static int callhome_exchange(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *why)
{
	struct callhome_session session = { 0 };
	AUTO_BUF json = BUF_INIT, reply = BUF_INIT;
	int rc;

	ck_assert_msg(callhome_read(body, n, &json, &session, why) == 0, "%s", why->text);
	ck_assert_str_eq(session.to, url);
	ck_assert_str_eq(session.from, "PID:UCM,SN:37624,UUID:" UUID);
	ck_assert_str_ne(session.message_id, "");
	callhome_session_fini(&session);
	rc = fake_server_exchange(arg, url, json.data, json.n, &reply, why);
	if (rc)
		return rc;
	callhome_write(&session, reply.n ? reply.data : "", reply.n, answer);
	return 0;
}

START_TEST(test_call_home)
{
	static const char *const lines[] = { "license smart transport gateway satellite.example.net CALLHOME",
					     "license smart transport direct manager.example.net:8445 callhome" };
	static const char *const urls[] = {
		"https://satellite.example.net/Transportgateway/services/DeviceRequestHandler",
		"https://manager.example.net:8445/its/service/oddce/services/DDCEService",
	};
	struct agent_options o = { .exchange = callhome_exchange, .arg = &server };

	agent_close(agent);
	ck_assert_int_eq(agent_open(dir, &o, clock_now(), &agent, &e), 0);
	server.manager = _i;
	command(lines[_i]);
	command("license smart register idtoken T1");
	ck_assert_str_eq(server.url, urls[_i]);
	command("license usage set Enhanced=5");
	server.lose_answer = true;
	refused("license usage update", E_CONNECT_FAILED);
	command("license usage update");
	ck_assert_int_eq(server.replays, 1);
	command("license smart renew id");
	command("license smart deregister");
	ck_assert_str_eq(agent_warning(agent), "");
	/* what is not in an envelope is no answer */
	agent_close(agent);
	o.exchange = fake_server_exchange;
	ck_assert_int_eq(agent_open(dir, &o, clock_now(), &agent, &e), 0);
	buf_clear(&out);
	ck_assert_int_eq(agent_command(agent, "license smart register idtoken T1", &out, &e), -1);
	ck_assert_int_eq(e.code, E_ANSWER_INVALID);
}
END_TEST

START_TEST(test_roads)
{
	ck_assert_str_eq(command("license smart transport direct manager.example.net"),
			 "The product will use https://manager.example.net/SmartTransport directly\n");
	ck_assert_ptr_nonnull(strstr(command("show license tech support"), "\n  Type: Direct\n"));
	ck_assert_str_eq(command("license smart transport gateway http://satellite:80"),
			 "The product will use http://satellite/SmartTransport\n");
	ck_assert_ptr_nonnull(strstr(agent_warning(agent), "could read the registration token"));
	ck_assert_ptr_nonnull(strstr(command("show license tech support"), "\n  Type: Transport Gateway\n"));
	refused("license smart transport gateway a:1 callhome now", E_USAGE);
	refused("license smart transport gateway a:1 home", E_USAGE);
	refused("license smart transport carrier a:1", E_USAGE);
}
END_TEST

START_TEST(test_proxy_settings)
{
	static const char *const bad[] = {
		"license smart transport proxy",
		"license smart transport proxy a:1 user u",
		"license smart transport proxy a:1 user u password",
		"license smart transport proxy a:1 name u password p",
		"license smart transport proxy a:1 user u secret p",
		"license smart transport proxy a:1 user \"\" password p",
		"license smart transport proxy a:1 user u:v password p",
		"license smart transport proxy ftp://a:1",
		"license smart transport proxy a:0",
		"license smart transport proxy a:1/path",
		"license smart transport proxy http://u:p@a:1",
		"license smart transport proxy \"\"",
	};
	AUTO_FREE char *path = in_dir("state.json");
	AUTO_BUF state = BUF_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i], E_USAGE);
	ck_assert_str_eq(command("license smart transport proxy proxy.example.net:3128 user Anna password \"s3 cr\""),
			 "The product will use the proxy http://proxy.example.net:3128 as Anna\n");
	reopen();
	ck_assert_ptr_nonnull(strstr(command("show license tech support"),
				     "\n  Proxy: http://proxy.example.net:3128\n  Proxy User: Anna\n"));
	ck_assert_ptr_null(strstr(out.data, "s3 cr"));
	buf_clear(&out);
	ck_assert_int_eq(agent_command_json(agent, "show license tech support", &out, &e), 0);
	ck_assert_ptr_null(strstr(out.data, "s3 cr"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"proxyUser\":\"Anna\""));
	command("license smart transport proxy https://[2001:db8::1]:3128");
	ck_assert_ptr_nonnull(strstr(command("show license tech support"),
				     "\n  Proxy: https://[2001:db8::1]:3128\n  Proxy User: none\n"));
	command("license smart transport no proxy");
	ck_assert_ptr_nonnull(strstr(command("show license tech support"), "\n  Proxy: none\n"));
	command("license smart transport proxy a:1 user u password p");
	command("license smart transport proxy off");
	ck_assert_int_eq(file_read(path, 1 << 20, &state, &e), 0);
	ck_assert_ptr_nonnull(strstr(state.data, "\"proxy_password\":null"));
}
END_TEST

START_TEST(test_privacy)
{
	static const char *const words[] = { "none", "hostname", "version", "ALL" };
	AUTO_JSON *data = NULL;
	AUTO_BUF line = BUF_INIT;

	use_server();
	buf_printf(&line, "license smart privacy %s", words[_i]);
	command(line.data);
	reopen();
	server.flaw = FLAW_NOT_JSON;
	refused("license smart register idtoken T1", E_ANSWER_INVALID);
	data = read_json(server.request_data.data);
	ck_assert_int_eq(json_is_null(json_object_get(data, "hostname")), _i & 1);
	ck_assert(json_is_null(json_object_get(data, "ip_address")));
	ck_assert_int_eq(json_is_null(json_object_get(data, "product_version")), _i >> 1);
	refused("license smart privacy some", E_USAGE);
	ck_assert_ptr_nonnull(strstr(command("show license tech support"), _i & 1 ? "\n  Host Name and Addresses: private\n"
										  : "\n  Host Name and Addresses: sent\n"));
}
END_TEST

START_TEST(test_mixed_mode)
{
	refused("utils ctl set-cluster mixed-mode", E_EXPORT_NOT_ALLOWED);
	server.export_allowed = false;
	registered();
	refused("utils ctl set-cluster mixed-mode", E_EXPORT_NOT_ALLOWED);
	ck_assert_str_eq(command("show ctl"), "Cluster Security Mode: non-secure\n");
	server.export_allowed = true;
	command("license smart register idtoken T2 force");
	ck_assert_str_eq(command("utils ctl set-cluster mixed-mode"), "The cluster is set to mixed mode.\n");
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	command("license smart deregister");
	ck_assert_ptr_nonnull(strstr(out.data,
				     "\nAlert SmartLicenseExportControlNotAllowed: The cluster is in mixed mode, but the "
				     "product is not registered."));
	reopen();
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), AGENT_ALERT_EXPORT);
	ck_assert_ptr_nonnull(
		strstr(command("show ctl"), "Security Mode: mixed\nAlert SmartLicenseExportControlNotAllowed"));
	ck_assert_ptr_nonnull(strstr(command("show license tech support"),
				     "\n  SmartLicenseExportControlNotAllowed since Jan 26 15:11:23 2018 IST\n"));
	command("license smart register idtoken T3");
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	/* the server takes the permission back */
	server.export_allowed = false;
	clock_fake_advance(DAY_MS);
	tick();
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), AGENT_ALERT_EXPORT);
	command("utils ctl set-cluster non-secure-mode");
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	refused("utils ctl set-cluster mixed-mode", E_EXPORT_NOT_ALLOWED);
	refused("utils ctl set-cluster secure", E_USAGE);
}
END_TEST

START_TEST(test_mixed_mode_expires)
{
	registered();
	command("utils ctl set-cluster mixed-mode");
	server.down = true;
	clock_fake_advance(365 * DAY_MS);
	tick();
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), AGENT_ALERT_EXPORT);
	ck_assert_str_eq(agent_alert_name(AGENT_ALERT_EXPORT), "SmartLicenseExportControlNotAllowed");
}
END_TEST

/* --- the clock --- */

START_TEST(test_clock_behind)
{
	int64_t start = clock_now();

	clock_fake_advance(10 * DAY_MS);
	tick();
	clock_fake_set(start + 10 * DAY_MS - 5 * MINUTE_MS); /* a correction */
	tick();
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	ck_assert(agent_evaluation_left(agent, clock_now()) == 80 * DAY_MS);
	clock_fake_set(start);
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), AGENT_ALERT_CLOCK);
	reopen();
	clock_fake_advance(5 * DAY_MS);
	tick();
	ck_assert(agent_evaluation_left(agent, clock_now()) == 80 * DAY_MS);
	command("show license tech support");
	ck_assert_ptr_nonnull(strstr(out.data, "\n  State: NOT BELIEVED\n"));
	ck_assert_ptr_nonnull(
		strstr(out.data, "\n  SmartLicenseClockJumped since Jan 26 15:11:23 2018 IST\n    The clock says Jan 31 "
				 "15:11:23 2018 IST, the last time believed is Feb 5 15:11:23 2018 IST: "));
	/* right again by itself */
	clock_fake_set(start + 11 * DAY_MS);
	tick();
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	ck_assert(agent_evaluation_left(agent, clock_now()) == 79 * DAY_MS);
	/* accepted */
	clock_fake_set(start);
	command("license smart clock accept");
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	clock_fake_advance(DAY_MS);
	ck_assert(agent_evaluation_left(agent, clock_now()) == 78 * DAY_MS);
}
END_TEST

static void watch(struct agent_watch *w)
{
	ck_assert_int_eq(agent_clock_watch(agent, w, clock_now(), clock_mono(), &e), 0);
	tick();
}

START_TEST(test_clock_jump)
{
	struct agent_watch w = { 0 };
	int64_t start;

	registered();
	start = clock_now();
	watch(&w);
	clock_fake_advance(MINUTE_MS);
	watch(&w);
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	server.down = true;
	clock_fake_set(start + 500 * DAY_MS);
	reopen(); /* as `run` does, and somebody looks before it */
	if (_i)
		command("show license all");
	watch(&w);
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), AGENT_ALERT_CLOCK);
	ck_assert_str_eq(registration(), "REGISTERED");
	ck_assert_str_eq(authorization(), "AUTHORIZED");
	reopen();
	clock_fake_advance(HOUR_MS);
	watch(&w);
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), AGENT_ALERT_CLOCK);
	ck_assert_str_eq(registration(), "REGISTERED");
	/* back: what was put off to then is due now */
	clock_fake_set(start + HOUR_MS + MINUTE_MS);
	server.down = false;
	watch(&w);
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	ck_assert(agent_next_due(agent) <= clock_now() + DAY_MS);
	clock_fake_advance(DAY_MS);
	watch(&w);
	ck_assert_str_eq(authorization(), "AUTHORIZED");
	ck_assert(agent_next_due(agent) > clock_now());
}
END_TEST

START_TEST(test_clock_confirmed)
{
	struct agent_watch w = { 0 };
	int64_t start;

	registered();
	start = clock_now();
	watch(&w);
	/* asleep for a week: the server takes the message, so its clock says the same */
	clock_fake_set(start + 7 * DAY_MS);
	watch(&w);
	ck_assert_str_eq(server.type, "AUTHORIZATION");
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	watch(&w);
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	/* a server that says otherwise */
	clock_fake_set(start + 8 * DAY_MS);
	server.clock_offset = -DAY_MS;
	watch(&w);
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), AGENT_ALERT_CLOCK);
	command("license smart clock accept");
	watch(&w);
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
	clock_fake_advance(MINUTE_MS);
	watch(&w);
	ck_assert_uint_eq(agent_alerts(agent, clock_now()), 0);
}
END_TEST

/* --- for programs --- */

static json_t *command_json(const char *line, int rc)
{
	buf_clear(&out);
	ck_assert_int_eq(agent_command_json(agent, line, &out, &e), rc);
	ck_assert_int_eq(out.data[out.n - 1], '\n');
	ck_assert_ptr_eq(strchr(out.data, '\n'), out.data + out.n - 1);
	return read_json(out.data);
}

START_TEST(test_json)
{
	AUTO_JSON *shown = NULL, *failed = NULL, *set = NULL;

	registered();
	set = command_json("license usage set Enhanced=5", 0);
	ck_assert_str_eq(member(set, "status"), "SUCCESS");
	ck_assert_str_eq(member(set, "command"), "license usage set");
	ck_assert_str_eq(member(set, "authorizationStatus"), "AUTHORIZED");
	shown = command_json("show license all", 0);
	ck_assert_str_eq(member(json_object_get(shown, "registration"), "status"), "REGISTERED");
	ck_assert_str_eq(member(json_object_get(shown, "registration"), "expiresAt"), "2019-01-26T09:41:23Z");
	ck_assert_str_eq(member(json_object_get(shown, "authorization"), "status"), "AUTHORIZED");
	ck_assert_str_eq(member(json_array_get(json_object_get(shown, "usage"), 0), "license"), "Enhanced");
	ck_assert_str_eq(member(json_object_get(shown, "udi"), "serialNumber"), "37624");
	ck_assert_ptr_nonnull(strstr(member(shown, "output"), "Smart Licensing is ENABLED"));
	failed = command_json("license smart register idtoken SECRET-TOKEN", -1);
	ck_assert_str_eq(member(failed, "status"), "ERROR");
	ck_assert_str_eq(member(json_object_get(failed, "error"), "name"), "ALREADY_REGISTERED");
	ck_assert_ptr_null(strstr(out.data, "SECRET-TOKEN"));
	json_decref(failed);
	failed = command_json("nonsense", -1);
	ck_assert_str_eq(member(json_object_get(failed, "error"), "name"), "USAGE");
	ck_assert(json_is_null(json_object_get(failed, "command")));
}
END_TEST

START_TEST(test_complete)
{
	static const char *const cases[][2] = {
		{ "", "license\nshow\nutils\nhelp\n" },
		{ "li", "license\n" },
		{ "LI", "license\n" },
		{ "license ", "smart\nusage\n" },
		{ "license smart transport ", "gateway\ndirect\nproxy\nno\n" },
		{ "license smart re", "register\nrenew\nreservation\n" },
		{ "license smart renew ", "auth\nid\n" },
		{ "show license u", "usage\nudi\n" },
		{ "show license t", "tech\n" },
		{ "license smart privacy ", "all\nhostname\nversion\nnone\n" },
		{ "utils ctl set-cluster m", "mixed-mode\n" },
		{ "license smart register idtoken ", "" },
		{ "license usage set ", "" },
		{ "nothing ", "" },
		{ "\"", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		buf_adds(&out, "");
		agent_complete(cases[i][0], &out);
		ck_assert_msg(strcmp(out.data, cases[i][1]) == 0, "'%s': %s", cases[i][0], out.data);
	}
	ck_assert(agent_line_secret("license smart register idToken abc"));
	ck_assert(agent_line_secret("license smart transport proxy a:1 user u PASSWORD p"));
	ck_assert(!agent_line_secret("license smart transport proxy a:1"));
}
END_TEST

START_TEST(test_trouble)
{
	char text[512];

	ck_assert_str_eq(agent_trouble(agent, text), "");
	registered();
	ck_assert_str_eq(agent_trouble(agent, text), "");
	server.down = true;
	refused("license usage update", E_CONNECT_FAILED);
	ck_assert_ptr_nonnull(strstr(agent_trouble(agent, text), "Report of usage failed: Cannot connect to "));
	ck_assert_ptr_nonnull(strstr(text, " Next try at 26 Jan 2018, 15:1"));
}
END_TEST

/* Pauses double from five minutes and never exceed a day; what the server asks for is obeyed. */
START_TEST(test_back_off)
{
	int64_t pause = 5 * MINUTE_MS;

	registered();
	clock_fake_advance(DAY_MS);
	server.down = true;
	for (int i = 0; i < 14; i++) {
		int64_t due;

		tick();
		due = agent_next_due(agent) - clock_now();
		ck_assert_msg(due >= pause && due <= pause + pause / 5, "%d: %" PRId64, i, due);
		pause = pause * 2 > 20 * HOUR_MS ? 20 * HOUR_MS : pause * 2;
		clock_fake_advance(due);
	}
}
END_TEST

/* --- what people see --- */

START_TEST(test_show_registered)
{
	begin_at(INT64_C(1516959683000) - 78 * DAY_MS);
	use_server();
	command("license usage set Enhanced=5");
	clock_fake_set(INT64_C(1516959683000));
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
	ck_assert_ptr_nonnull(
		strstr(out.data,
		       "  Status: REGISTERING - REGISTRATION IN PROGRESS\n  Export-Controlled Functionality: Not Allowed\n"
		       "  Initial Registration: FAILED on Jan 26 15:11:23 2018 IST\n"
		       "    Failure reason: Cannot connect to\n"
		       "      https://satellite.example.net:8442/SmartTransport: Connection refused.\n"
		       "  Next Registration Attempt: Jan 26 15:12:"));
	server.down = false;
	server.fail = "INVALID_TOKEN";
	refused("license smart register idtoken T1", E_INVALID_TOKEN);
	command("show license summary");
	ck_assert_ptr_nonnull(strstr(
		out.data,
		"  Status: UNREGISTERED - REGISTRATION FAILED\n  Export-Controlled Functionality: Not Allowed\n"
		"  Initial Registration: FAILED\n    Failure reason: The server says INVALID_TOKEN. Tokens belong to one server;\n"
		"      create one there.\n\n"));
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

/* `show license status` in every state: what stands between its head and its end is given. */
static void shows(const char *registration_lines, const char *authorization_lines, const char *evaluation_lines)
{
	AUTO_BUF want = BUF_INIT;

	buf_printf(&want,
		   "Smart Licensing Status\n=======================\nSmart Licensing is ENABLED\n \nRegistration:\n%s \n"
		   "License Authorization:\n%s \nEvaluation Period:\n%s",
		   registration_lines, authorization_lines, evaluation_lines);
	ck_assert_str_eq(command("show license status"), want.data);
}

#define DAYS_LEFT(n) "  Evaluation Period Remaining: " n " days 0 hr 0 min 0 sec\n"
#define FULL_REGISTRATION                                                                                                   \
	"  Status: REGISTERED\n  Smart Account: BU Production Test\n  Virtual Account: TAC-CollabTesting\n"                 \
	"  Export-Controlled Functionality: Allowed\n  Initial Registration: SUCCEEDED on Jan 26 15:11:23 2018 IST\n"       \
	"  Last Renewal Attempt: SUCCEEDED on Jan 26 15:11:23 2018 IST\n  Next Renewal Attempt: Jul 25 15:11:23 2018 IST\n" \
	"  Registration Expires: Jan 26 15:11:23 2019 IST\n"

START_TEST(test_show_states_before)
{
	use_server();
	shows("  Status: UNREGISTERED\n  Export-Controlled Functionality: Not Allowed\n",
	      "  Status: EVALUATION MODE\n" DAYS_LEFT("90") "  Last Communication Attempt: NONE\n",
	      "  Evaluation Mode: In Use\n" DAYS_LEFT("90"));
	server.try_again_s = 600;
	refused("license smart register idtoken T1", E_BUSY);
	shows("  Status: REGISTERING - REGISTRATION IN PROGRESS\n  Export-Controlled Functionality: Not Allowed\n"
	      "  Initial Registration: FAILED on Jan 26 15:11:23 2018 IST\n"
	      "    Failure reason: The server asks to try again in 600 seconds.\n"
	      "  Next Registration Attempt: Jan 26 15:21:23 2018 IST\n",
	      "  Status: EVALUATION MODE\n" DAYS_LEFT("90") "  Last Communication Attempt: NONE\n",
	      "  Evaluation Mode: In Use\n" DAYS_LEFT("90"));
	server.fail = "TOKEN_EXPIRED";
	refused("license smart register idtoken T1", E_TOKEN_EXPIRED);
	clock_fake_advance(90 * DAY_MS);
	shows("  Status: UNREGISTERED - REGISTRATION FAILED\n  Export-Controlled Functionality: Not Allowed\n"
	      "  Initial Registration: FAILED on Jan 26 15:11:23 2018 IST\n"
	      "    Failure reason: The server says TOKEN_EXPIRED.\n",
	      "  Status: EVAL EXPIRED on Apr 26 15:11:23 2018 IST\n  Last Communication Attempt: NONE\n",
	      "  Evaluation Mode: Not In Use\n  EVALUATION PERIOD EXPIRED on Apr 26 15:11:23 2018 IST\n");
	ck_assert_ptr_nonnull(strstr(command("show license summary"),
				     "\nLicense Authorization:\n  Status: EVAL EXPIRED\n\nLicense Usage:\n"));
}
END_TEST

START_TEST(test_show_states_after)
{
	registered();
	server.entitlement_status = "OutOfCompliance";
	command("license usage set Enhanced=5");
	shows(FULL_REGISTRATION,
	      "  Status: OUT OF COMPLIANCE on Jan 26 15:11:23 2018 IST\n"
	      "  Last Communication Attempt: SUCCEEDED on Jan 26 15:11:23 2018 IST\n"
	      "  Next Communication Attempt: Feb 25 15:11:23 2018 IST\n"
	      "  Communication Deadline: Apr 26 15:11:23 2018 IST\n",
	      "  Evaluation Mode: Not In Use\n" DAYS_LEFT("90"));
	ck_assert_ptr_nonnull(strstr(command("show license usage"),
				     "License Authorization Status: OUT OF COMPLIANCE as of Jan 26 15:11:23 2018 IST\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "\n  Status: OutOfCompliance\n"));
	ck_assert_ptr_nonnull(strstr(command("show license summary"),
				     "\n  Status: OUT OF COMPLIANCE\n  Last Communication Attempt: SUCCEEDED\n"
				     "  Next Communication Attempt: Feb 25 15:11:23 2018 IST\n"));
	server.fail = "SYNC_EXPIRED";
	server.fail_always = true;
	clock_fake_advance(90 * DAY_MS);
	tick();
	shows(FULL_REGISTRATION,
	      "  Status: AUTHORIZATION EXPIRED on Apr 26 15:11:23 2018 IST\n"
	      "  Last Communication Attempt: FAILED on Apr 26 15:11:23 2018 IST\n"
	      "    Failure reason: The server says SYNC_EXPIRED.\n"
	      "  Next Communication Attempt: Apr 26 16:11:23 2018 IST\n"
	      "  Communication Deadline: DEADLINE EXCEEDED\n",
	      "  Evaluation Mode: Not In Use\n" DAYS_LEFT("90"));
	ck_assert_ptr_nonnull(strstr(command("show license summary"),
				     "\n  Status: AUTHORIZATION EXPIRED\n  Last Communication Attempt: FAILED\n"
				     "    Failure reason: The server says SYNC_EXPIRED.\n"));
	clock_fake_advance(276 * DAY_MS);
	shows("  Status: UNREGISTERED - REGISTRATION EXPIRED\n  Smart Account: BU Production Test\n"
	      "  Virtual Account: TAC-CollabTesting\n  Export-Controlled Functionality: Not Allowed\n"
	      "  Initial Registration: SUCCEEDED on Jan 26 15:11:23 2018 IST\n"
	      "  Last Renewal Attempt: SUCCEEDED on Jan 26 15:11:23 2018 IST\n"
	      "  Registration Expires: Jan 26 15:11:23 2019 IST\n",
	      "  Status: EVALUATION MODE\n" DAYS_LEFT("89") "  Last Communication Attempt: NONE\n",
	      "  Evaluation Mode: In Use\n" DAYS_LEFT("89"));
	ck_assert_ptr_nonnull(strstr(command("show license usage"), "\n  Status: Eval\n"));
}
END_TEST

START_TEST(test_show_pending)
{
	use_server();
	command("license usage set Basic=1");
	server.refuse_authorization = true;
	refused("license smart register idtoken T1", E_ACCOUNT_INACTIVE);
	shows(FULL_REGISTRATION,
	      "  Status: AUTHORIZATION PENDING\n  Last Communication Attempt: FAILED on Jan 26 15:11:23 2018 IST\n"
	      "    Failure reason: The server says ACCOUNT_INACTIVE.\n"
	      "  Next Communication Attempt: Jan 26 16:11:23 2018 IST\n",
	      "  Evaluation Mode: Not In Use\n" DAYS_LEFT("90"));
	ck_assert_ptr_nonnull(strstr(command("show license usage"), "\n  Status: Waiting\n"));
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
		{ "http://satellite:80", "http://satellite/SmartTransport" },
		{ "http://satellite:443", "http://satellite:443/SmartTransport" },
		{ "https://satellite:80", "https://satellite:80/SmartTransport" },
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
		"http:/satellite",
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

		ck_assert_msg(address_server(good[i][0], "/SmartTransport", &url, &e) == 0, "%s: %s", good[i][0], e.text);
		ck_assert_str_eq(url.data, good[i][1]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO_BUF url = BUF_INIT;

		ck_assert_msg(address_server(bad[i], "/SmartTransport", &url, &e) == -1, "accepted %s as %s", bad[i],
			      url.data);
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
	tcase_add_loop_test(t, test_deregister_unreachable, 0, 2);
	tcase_add_test(t, test_deregister_busy);
	tcase_add_test(t, test_removed);
	tcase_add_test(t, test_nearly_commands);
	tcase_add_test(t, test_another_server);
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
	tcase_add_loop_test(t, test_call_home, 0, 2);
	tcase_add_test(t, test_roads);
	tcase_add_test(t, test_proxy_settings);
	tcase_add_loop_test(t, test_privacy, 0, 4);
	tcase_add_test(t, test_mixed_mode);
	tcase_add_test(t, test_mixed_mode_expires);
	tcase_add_test(t, test_clock_behind);
	tcase_add_loop_test(t, test_clock_jump, 0, 2);
	tcase_add_test(t, test_clock_confirmed);
	tcase_add_test(t, test_json);
	tcase_add_test(t, test_complete);
	tcase_add_test(t, test_trouble);
	tcase_add_test(t, test_back_off);
	tcase_add_test(t, test_show_registered);
	tcase_add_test(t, test_show_evaluation);
	tcase_add_test(t, test_show_failures);
	tcase_add_test(t, test_show_states_before);
	tcase_add_test(t, test_show_states_after);
	tcase_add_test(t, test_show_pending);
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
