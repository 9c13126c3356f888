/* test_webhook.c - where deliveries of alerts may go, and when they are tried again. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "crypt/digest.h"
#include "sync/webhook_send.h"

static bool allowed(const char *text, bool loopback, bool plain)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return webhook_address((const struct sockaddr *)&four, loopback, plain);
	ck_assert_msg(inet_pton(AF_INET6, text, &six.sin6_addr) == 1, "%s", text);
	return webhook_address((const struct sockaddr *)&six, loopback, plain);
}

START_TEST(addresses)
{
	static const char *const good[] = { "192.0.2.1", "10.1.2.3",       "172.16.0.1",   "192.168.1.1", "100.64.0.1",
					    "1.0.0.1",   "169.253.0.1",    "169.255.0.1",  "126.0.0.1",   "128.0.0.1",
					    "223.1.1.1", "2001:db8::1",    "fd00::1",      "fc00::1",     "::ffff:10.0.0.1",
					    "2003::1",   "64:ff9b::a00:1", "2002:a00:1::1" };
	static const char *const bad[] = { "0.0.0.0",
					   "0.1.2.3",
					   "127.0.0.1",
					   "127.255.255.255",
					   "169.254.0.1",
					   "169.254.169.254",
					   "224.0.0.1",
					   "239.1.1.1",
					   "240.0.0.1",
					   "255.255.255.255",
					   "::",
					   "::1",
					   "fe80::1",
					   "febf::1",
					   "fec0::1",
					   "ff02::1",
					   "::ffff:127.0.0.1",
					   "::ffff:169.254.169.254",
					   "::ffff:0.0.0.0",
					   "::127.0.0.1",
					   "::169.254.1.1",
					   "64:ff9b::7f00:1",
					   "64:ff9b::a9fe:a9fe",
					   "2002:7f00:1::1",
					   "2002:a9fe:a9fe::",
					   "fd00:ec2::254" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(allowed(good[i], false, false), "%s is refused", good[i]);
		ck_assert_msg(!allowed(good[i], true, true), "%s over http", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!allowed(bad[i], false, false), "%s is reached", bad[i]);
	ck_assert(allowed("127.0.0.1", true, false) && allowed("::1", true, true) &&
		  allowed("::ffff:127.0.0.1", true, true));
	ck_assert(!allowed("127.0.0.1", false, true) && !allowed("169.254.1.1", true, false));
	ck_assert(!webhook_address(&(struct sockaddr){ .sa_family = AF_UNIX }, true, false));
}
END_TEST

START_TEST(targets)
{
	static const char *const good[] = { "https://monitor.example.net/hook", "https://monitor.example.net:8443/a?b=c",
					    "https://192.0.2.1/", "https://[2001:db8::1]:444/x",
					    "https://localhost/later" };
	static const char *const bad[] = { "http://monitor.example.net/",
					   "ftp://monitor.example.net/",
					   "file:///etc/passwd",
					   "gopher://monitor.example.net/",
					   "https://anna:secret@monitor.example.net/",
					   "https://anna@monitor.example.net/",
					   "https://monitor.example.net/#part",
					   "https://",
					   "https:///path",
					   "https:/monitor.example.net/",
					   "monitor",
					   "/path",
					   "",
					   "https://monitor.example.net/a b",
					   "https://monitor.example.net/\r\nX: y",
					   "https://m\xc3\xb6nitor.example.net/",
					   "https://127.0.0.1/",
					   "https://127.1/",
					   "https://2130706433/",
					   "https://0x7f000001/",
					   "https://0177.0.0.1/",
					   "https://[::1]/",
					   "https://[::ffff:127.0.0.1]/",
					   "https://169.254.169.254/latest",
					   "https://0/",
					   "https://monitor.example.net:99999/" };
	struct err e = ERR_INIT;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(webhook_target(good[i], false, &e) == 0, "%s: %s", good[i], e.text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e = (struct err)ERR_INIT;
		ck_assert_msg(webhook_target(bad[i], false, &e) == -1, "%s is taken", bad[i]);
		ck_assert_int_eq(e.code, E_INVALID_REQUEST);
	}
	ck_assert_int_eq(webhook_target("http://127.0.0.1:8080/", true, &e), 0);
	ck_assert_int_eq(webhook_target("http://192.0.2.1/", true, &e), -1);
}
END_TEST

START_TEST(pauses)
{
	ck_assert_int_eq(webhook_pause(1), MINUTE_MS);
	ck_assert_int_eq(webhook_pause(2), 2 * MINUTE_MS);
	ck_assert_int_eq(webhook_pause(11), 1024 * MINUTE_MS);
	ck_assert_int_eq(webhook_pause(12), DAY_MS);
	ck_assert_int_eq(webhook_pause(INT64_MAX), DAY_MS);
}
END_TEST

/* RFC 4231, test case 2. */
START_TEST(signatures)
{
	unsigned char mac[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	digest_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
	ck_assert_str_eq(str_hex(hex, mac, SHA256_SIZE),
			 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("webhook");
	TCase *c = tcase_create("webhook");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, addresses);
	tcase_add_test(c, targets);
	tcase_add_test(c, pauses);
	tcase_add_test(c, signatures);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
