"""Alert subscriptions: what a receiver is told and how it is signed, what happens while it does not answer, and where
deliveries do not go."""

import datetime
import hashlib
import hmac
import http.server
import ipaddress
import json
import ssl
import tempfile
import threading
import time
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import product as P
from case import ENHANCED, Case
from pair import Pair

MEMBERS = {"event", "server", "serverId", "webhook", "delivery", "sentAt", "raised", "cleared"}


def certificate():
    """-> (PEM of a certificate for 127.0.0.1 that vouches for itself, PEM of its key)"""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(
        x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=9)).add_extension(x509.SubjectAlternativeName(
            [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False).add_extension(
        x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    return (made.public_bytes(serialization.Encoding.PEM).decode(),
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption()).decode())


class Receiver:
    """An HTTPS server that remembers what it was sent and answers as it is told."""

    def __init__(self, case, tls=True):
        self.seen, self.status, self.headers, self.body = [], 204, {}, b""
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen.append((self.path, dict(self.headers), body))
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(receiver.body)
                except OSError:
                    pass

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *arguments: None      # who does not trust it goes away
        self.ca, key = certificate()
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as f:
                f.write(self.ca + key)
                f.flush()
                context.load_cert_chain(f.name)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = "http%s://127.0.0.1:%d/hook?a=b" % ("s" if tls else "", self.server.server_port)
        thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)

    def next(self, within_s=20):
        deadline = time.monotonic() + within_s
        while not self.seen:
            if time.monotonic() > deadline:
                raise AssertionError("nothing was delivered")
            time.sleep(0.02)
        return self.seen.pop(0)


class Webhooks(Case):
    @classmethod
    def setUpClass(cls):
        cls.sat = Pair()
        cls.sat.more = {"satellite": ["webhook_loopback = yes"]}
        cls.addClassCleanup(cls.sat.stop)
        cls.sat.start()
        for name in ("North", "South"):
            cls.sat.smart_account(name)
            cls.sat.order("Enhanced", 10, account=name)
            cls.sat.local_account(name)
            cls.sat.authorize_by_files(name)

    def hooks(self, account=None):
        return (self.sat.path(account=account) if account else "") + "/webhooks"

    def subscribe(self, receiver, account=None, **members):
        members = dict({"url": receiver.url, "caCertificate": receiver.ca}, **members)
        made = self.sat.rest_ok("POST", self.hooks(account), members)
        self.addCleanup(self.sat.rest, "POST", "%s/%s/remove" % (self.hooks(account), made["webhook"]["id"]))
        return made

    def row(self, made, account=None):
        return [w for w in self.sat.rest_ok("GET", self.hooks(account))["webhooks"] if w["id"] == made["webhook"]["id"]][0]

    def wake(self, made, account=None, **members):
        return self.sat.rest_ok("POST", "%s/%s/update" % (self.hooks(account), made["webhook"]["id"]), members)

    def until(self, made, account, fits):
        deadline = time.monotonic() + 20
        while not fits(self.row(made, account)):
            self.assertLess(time.monotonic(), deadline, self.row(made, account))
            time.sleep(0.02)
        return self.row(made, account)

    def checked(self, seen, secret):
        """The body of a delivery whose signature is right."""
        path, head, body = seen
        self.assertEqual("/hook?a=b", path)
        self.assertEqual("application/json", head["Content-Type"])
        stamp = head["X-Satellite-Timestamp"]
        self.assertAlmostEqual(time.time(), int(stamp), delta=60)
        mac = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertEqual("sha256=" + mac, head["X-Satellite-Signature"])
        value = json.loads(body)
        self.assertEqual(MEMBERS, set(value))
        self.assertEqual(head["X-Satellite-Delivery"], value["delivery"])
        return value

    def short(self, account):
        """A product that uses what it has not got."""
        token = self.sat.rest_ok("POST", self.sat.path("Default", account) + "/tokens", {
            "description": "x", "expiresAfterDays": 1, "numberofUses": 1})["tokenInfo"]["token"]
        made = P.Product(self.sat)
        self.addCleanup(made.client.close)
        self.ok(made.register(token))
        self.ok(made.authorize({ENHANCED: 11}))
        self.addCleanup(made.deregister)
        return made

    def test_raised_and_cleared(self):
        """The same alert as in the list; nothing of the other account."""
        receiver, other = Receiver(self), Receiver(self)
        hook, beside = self.subscribe(receiver, "North", severity="MAJOR"), self.subscribe(other, "South", severity="MAJOR")
        self.assertRegex(hook["secret"], "^[0-9a-f]{64}$")
        self.assertNotIn(hook["secret"], json.dumps(self.sat.rest_ok("GET", self.hooks("North"))))
        product = self.short("North")
        self.wake(hook, "North")
        value = self.checked(receiver.next(), hook["secret"])
        self.assertEqual(("alerts", hook["webhook"]["id"], []), (value["event"], value["webhook"], value["cleared"]))
        listed = self.sat.rest_ok("POST", self.sat.path(account="North") + "/alerts", {"severity": "MAJOR"})["alerts"]
        self.assertEqual(listed, value["raised"])
        row = self.until(hook, "North", lambda r: r["lastDelivery"])
        self.assertEqual((0, "", None), (row["failures"], row["lastError"], row["nextAttempt"]))
        # Once.
        self.wake(hook, "North")
        self.wake(beside, "South")
        self.ok(product.authorize({ENHANCED: 10}))
        self.wake(hook, "North")
        value = self.checked(receiver.next(), hook["secret"])
        self.assertEqual(([], [a["id"] for a in listed]), (value["raised"], [a["id"] for a in value["cleared"]]))
        self.assertEqual([], receiver.seen + other.seen)

    def test_all_of_the_server(self):
        receiver = Receiver(self, tls=False)
        hook = self.subscribe(receiver)
        self.assertIsNone(hook["webhook"]["account"])
        self.short("South")
        self.wake(hook)
        seen = []
        while not any(a["account"] == "South" and a["messageType"] == "Insufficient Licenses" for a in seen):
            seen += self.checked(receiver.next(), hook["secret"])["raised"]

    def test_failures(self):
        """Why, in words, and when it is tried again; what was missed comes then, and all of it at another address."""
        receiver = Receiver(self)
        for status, headers, body, words in ((500, {}, b"", "The receiver answered HTTP 500."),
                                             (302, {"Location": receiver.url}, b"", "redirects (HTTP 302)"),
                                             (200, {}, b"x" * 200000, "larger than 65536 bytes")):
            receiver.status, receiver.headers, receiver.body = status, headers, body
            hook = self.subscribe(receiver, "North", severity="MAJOR")
            product = self.short("North")
            self.wake(hook, "North")
            row = self.until(hook, "North", lambda r: r["failures"])
            self.assertEqual((1, None), (row["failures"], row["lastDelivery"]))
            self.assertIn(words, row["lastError"])
            self.assertNotIn("xxx", row["lastError"])
            self.assertIsNotNone(row["nextAttempt"])
            self.assertEqual(1, len(receiver.seen), "a redirect is not followed")
            receiver.status, receiver.headers, receiver.body, receiver.seen = 200, {}, b"fine", []
            self.assertEqual(0, self.wake(hook, "North")["webhook"]["failures"])
            seen = receiver.next()
            self.assertEqual(1, len(self.checked(seen, hook["secret"])["raised"]))
            self.until(hook, "North", lambda r: r["lastDelivery"])
            fresh = self.wake(hook, "North", url=receiver.url.replace("hook", "hook"), newSecret=True)["secret"]
            self.assertNotEqual(hook["secret"], fresh)
            self.sat.rest_ok("POST", "%s/%s/remove" % (self.hooks("North"), hook["webhook"]["id"]))
            self.ok(product.deregister())
            receiver.seen = []

    def test_not_trusted(self):
        receiver = Receiver(self)
        for ca, words in (("", "could not be delivered"), (certificate()[0], "could not be delivered")):
            hook = self.subscribe(receiver, "North", caCertificate=ca)
            reply = self.sat.rest("POST", "%s/%s/test" % (self.hooks("North"), hook["webhook"]["id"]))
            self.assertEqual((502, "WEBHOOK_FAILED"), (reply.status, reply.json()["error"]["name"]), reply)
            self.assertIn(words, reply.json()["statusMessage"])
        self.assertEqual([], receiver.seen)

    def test_test(self):
        receiver = Receiver(self)
        hook = self.subscribe(receiver, "North", severity="MAJOR")
        result = self.sat.ctl("webhook", "test", hook["webhook"]["id"], "--account", "North")
        self.assertEqual(204, self.done(result)["httpStatus"])
        value = self.checked(receiver.next(), hook["secret"])
        self.assertEqual(("test", [], []), (value["event"], value["raised"], value["cleared"]))
        receiver.status = 404
        self.refused(self.sat.ctl("webhook", "test", hook["webhook"]["id"], "--account", "North"), "WEBHOOK_FAILED")

    def test_of_one_account(self):
        """The other's is not there, by whatever path."""
        receiver = Receiver(self)
        hook = self.subscribe(receiver, "North")
        for path in (self.hooks("South"), self.hooks()):
            for verb in ("update", "remove", "test"):
                reply = self.sat.rest("POST", "%s/%s/%s" % (path, hook["webhook"]["id"], verb), {})
                self.assertEqual((404, "WEBHOOK_UNKNOWN"), (reply.status, reply.json()["error"]["name"]))
        self.assertEqual([], self.sat.rest_ok("GET", self.hooks("South"))["webhooks"])

    def test_not_more_than_twenty(self):
        ids = [self.sat.rest_ok("POST", self.hooks("South"), {"url": "https://192.0.2.1/", "severity": "MAJOR"})["webhook"][
            "id"] for _ in range(20)]
        self.assertEqual(409, self.sat.rest("POST", self.hooks("South"), {"url": "https://192.0.2.1/"}).status)
        for one in ids:
            self.sat.rest_ok("POST", "%s/%s/remove" % (self.hooks("South"), one))

    def test_satellitectl(self):
        receiver = Receiver(self)
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as f:
            f.write(receiver.ca)
            f.flush()
            made = self.done(self.sat.ctl("webhook", "add", receiver.url, "--account", "North", "--severity", "major", "--ca",
                                          f.name))
        name, of = made["webhook"]["id"], ("--account", "North")
        self.assertEqual("MAJOR", made["webhook"]["severity"])
        text = self.sat.ctl("webhook", "list", *of, json_output=False).out
        self.assertIn("1 alert subscription", text)
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()), text)
        self.assertEqual(2, self.sat.ctl("webhook", "update", name, *of).rc)
        self.assertFalse(self.done(self.sat.ctl("webhook", "update", name, *of, "--state", "off"))["webhook"]["enabled"])
        self.assertTrue(self.done(self.sat.ctl("webhook", "update", name, *of, "--state", "on"))["webhook"]["enabled"])
        self.assertIn("shown only now", self.sat.ctl("webhook", "update", name, *of, "--new-secret", json_output=False).out)
        self.done(self.sat.ctl("webhook", "remove", name, *of))
        self.refused(self.sat.ctl("webhook", "remove", name, *of), "WEBHOOK_UNKNOWN")
        kinds = [e["kind"] for e in self.sat.rest_ok("GET", "/events?limit=5")["events"]]
        self.assertEqual(["webhook.remove", "webhook.update", "webhook.update", "webhook.update", "webhook.create"], kinds)


class Guarded(Case):
    """A server as it is installed: this machine is no target."""

    def test_addresses(self):
        for url in ("http://monitor.example.net/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest",
                    "https://anna:secret@monitor.example.net/", "https://2130706433/", "file:///etc/passwd",
                    "https://[::ffff:127.0.0.1]/", "https://x/\r\nA: b", "https://" + "x" * 2048, 7, None):
            with self.subTest(url=url):
                reply = self.sat.rest("POST", "/webhooks", {"url": url})
                self.assertEqual(400, reply.status, reply)
                self.assertIn("url", (reply.json()["error"].get("field"), "url"))

    def test_a_name_that_leads_here(self):
        receiver = Receiver(self)
        made = self.sat.rest_ok("POST", "/webhooks", {"url": "https://localhost:%d/" % receiver.server.server_port,
                                                      "caCertificate": receiver.ca})
        path = "/webhooks/%s/" % made["webhook"]["id"]
        reply = self.sat.rest("POST", path + "test")
        self.assertEqual((502, "WEBHOOK_FAILED"), (reply.status, reply.json()["error"]["name"]), reply)
        self.assertIn("leads to this machine itself", reply.json()["statusMessage"])
        self.assertEqual([], receiver.seen)
        self.sat.rest_ok("POST", path + "remove")

    def test_bad_members(self):
        for members in ({"severity": "LOUD"}, {"caCertificate": "nothing"}, {"enabled": "yes"}, {"newSecret": 1},
                        {"caCertificate": "x" * 70000}):
            with self.subTest(members=members):
                self.assertEqual(400, self.sat.rest("POST", "/webhooks", dict({"url": "https://192.0.2.1/"}, **members)).status)


if __name__ == "__main__":
    unittest.main()
