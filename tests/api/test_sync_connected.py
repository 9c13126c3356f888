"""Synchronization over the network: satellited against managers and proxies that do not behave, and against the real one.

Each failure leaves a status that says what happened and what to do, changes nothing, and products are served meanwhile.
"""

import contextlib
import datetime
import gzip
import io
import ipaddress
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import tarfile
import tempfile
import threading
import time
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import satellite
from case import BASIC, Case
from moved import MovedCase
from test_proxy import Proxy

PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome to this network</body></html>"


def certificate(name, issuer=None, days=30):
    """-> (key, certificate) of a TLS server or, without issuer, a CA. name: an address or a DNS name."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.utcnow()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by_key, by = issuer or (key, None)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(by.subject if by else subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=60)).not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(issuer is None, None), True))
    if issuer:
        try:
            names = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            names = x509.DNSName(name)
        made = made.add_extension(x509.SubjectAlternativeName([names]), False)
    return key, made.sign(by_key, hashes.SHA256())


def pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM)


class Misfit(threading.Thread):
    """An HTTPS server that takes a request and answers it as its fault says; it keeps what it was asked."""

    def __init__(self, folder, issuer, name="127.0.0.1", days=30):
        super().__init__(daemon=True)
        key, cert = certificate(name, issuer, days)
        path = os.path.join(folder, "misfit-%d.pem" % id(self))
        with open(path, "wb") as f:
            f.write(pem(cert) + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                  serialization.NoEncryption()))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(path)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answer = lambda connection: None
        self.asked, self.bodies, self.open = [], [], []
        self.over = threading.Event()
        self.start()

    def run(self):
        while True:
            try:
                raw = self.listener.accept()[0]
            except OSError:
                return
            self.open.append(raw)
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def stop(self):
        self.over.set()
        for s in self.open + [self.listener]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def serve(self, raw):
        try:
            connection = self.tls.wrap_socket(raw, server_side=True)
            self.open.append(connection)
            stream = connection.makefile("rb")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                if not line:
                    return
                head += line
            length = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
                      if line.lower().startswith(b"content-length:")]
            self.asked.append(head.decode())
            self.bodies.append(stream.read(length[0] if length else 0))
            self.answer(connection)
            connection.unwrap()
        except (OSError, ValueError):
            pass
        finally:
            raw.close()


def answer(status, content_type, body, *headers, length=None):
    head = ["HTTP/1.1 " + status, "Content-Type: " + content_type, "Connection: close",
            "Content-Length: %d" % (len(body) if length is None else length), *headers]
    data = "\r\n".join(head).encode() + b"\r\n\r\n" + body
    return lambda connection: connection.sendall(data)


def refusal(status, name, text):
    return answer(status, "application/json", json.dumps({
        "status": "ERROR", "statusMessage": text, "error": {"code": 1, "name": name}}).encode())


class Connected(Case):
    """On a system of its own: other tests count accounts, and export files."""

    @classmethod
    def setUpClass(cls):
        cls.sat = satellite.System().start()
        cls.addClassCleanup(cls.sat.stop)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="connected-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.issuer = certificate("Test CA")
        self.ca = self.file("ca.pem", pem(self.issuer[1]))
        self.addCleanup(self.configure, "--url", "none", "--ca", "system", "--proxy", "none", "--schedule", "off")

    def file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def configure(self, *options):
        # Switched off first: a schedule needs an address.
        if "none" in options and "--url" in options:
            self.done(self.sat.ctl("sync", "configure", "--account", self.sat.account, "--schedule", "off"))
        return self.done(self.sat.ctl("sync", "configure", "--account", self.sat.account, *options))

    def misfit(self, **options):
        made = Misfit(self.folder, self.issuer, **options)
        self.addCleanup(made.stop)
        self.configure("--url", "https://127.0.0.1:%d" % made.port, "--ca", self.ca)
        return made

    def status(self):
        rows = self.sat.rest_ok("GET", "/sync/status")["accounts"]
        return [row for row in rows if row["account"] == self.sat.account][0]

    def wait_for(self, condition):
        deadline = time.monotonic() + 40
        while True:
            row = self.status()
            if condition(row):
                return row
            self.assertLess(time.monotonic(), deadline, row)
            time.sleep(0.1)

    def fails(self, name, *words, options=()):
        """`sync now` ends with this error, the status and the history say the same, and nothing was changed."""
        before = self.status()
        result = self.sat.ctl("sync", "now", "--account", self.sat.account, *options, json_output=False)
        self.refused(result, name)
        said = " ".join(result.err.split())
        for word in words:
            self.assertIn(word, said, result)
        self.assertIn("Products are served meanwhile", result.out, result)
        row = self.status()
        self.assertIsNone(row["running"], row)
        self.assertEqual(name, row["lastFailure"]["code"], row)
        self.assertIn(row["lastFailure"]["message"].split(":")[0], said)
        for member in ("lastSyncAt", "authorityValidUntil", "lastSuccess"):
            self.assertEqual(before[member], row[member], member)
        newest = self.sat.rest_ok("GET", self.sat.path() + "/sync/history?limit=1")["history"][0]
        self.assertEqual((name, "network"), (newest["outcome"], newest["way"]), newest)
        shown = " ".join(self.sat.ctl("sync", "status", json_output=False).out.split())
        self.assertIn("The synchronization of “%s” failed" % self.sat.account, shown)
        return result

    def served(self):
        """A product registers and reports."""
        made = self.registered()
        self.ok(made.authorize({}), "while the manager does not behave")


class Failures(Connected):
    def test_answers(self):
        misfit = self.misfit()
        whole = gzip.compress(b"not a bundle" * 100)
        cases = {
            "page": (answer("200 OK", "text/html; charset=utf-8", PAGE), "ANSWER_INVALID", "web page (HTTP 200, text/html"),
            "redirect": (answer("302 Found", "text/html", b"", "Location: https://login.example.com/x"), "ANSWER_INVALID",
                         "redirects to https://login.example.com/x (HTTP 302)"),
            "500": (answer("500 Internal Server Error", "text/plain", b"Traceback"), "SYNC_UNREACHABLE", "HTTP 500"),
            "404": (answer("404 Not Found", "text/plain", b"what?"), "ANSWER_INVALID", "HTTP 404"),
            "cut": (answer("200 OK", "application/gzip", whole[:20], length=4000), "SYNC_UNREACHABLE",
                    "broke in the middle of the answer"),
            "nothing": (lambda connection: None, "SYNC_UNREACHABLE", "broke before the answer came"),
            "removed": (refusal("403 Forbidden", "SATELLITE_REMOVED", "This satellite was removed on 1 Nov."),
                        "SATELLITE_REMOVED", "This satellite was removed on 1 Nov."),
            "refused": (refusal("409 Conflict", "SYNC_OUT_OF_ORDER", "The number is too low."), "SYNC_REFUSED",
                        "refused the file (SYNC_OUT_OF_ORDER): The number is too low."),
            "gzip of something": (answer("200 OK", "application/gzip", whole), None, "Nothing was changed"),
            "no gzip": (answer("200 OK", "application/gzip", b"hello" * 100), "SYNC_NOT_A_BUNDLE", "Nothing was changed"),
            "the request itself": (lambda connection: answer("200 OK", "application/gzip", misfit.bodies[-1])(connection),
                                   None, "Nothing was changed"),
        }
        for what, (reply, name, words) in cases.items():
            with self.subTest(what):
                misfit.answer = reply
                if name is None:
                    result = self.sat.ctl("sync", "now", "--account", self.sat.account, json_output=False)
                    self.refused(result)
                    self.assertIn(words, " ".join(result.err.split()))
                else:
                    self.fails(name, words, "127.0.0.1:%d" % misfit.port if name != "SYNC_NOT_A_BUNDLE" else "")
        self.assertEqual({misfit.bodies[0]}, set(misfit.bodies), "until it is answered the same request is sent")
        self.assertTrue(misfit.asked[0].startswith("POST /sync/v1/exchange HTTP/1.1\r\n"), misfit.asked[0])
        self.assertNotIn("Authorization", misfit.asked[0])
        self.assertIn("Content-Type: application/gzip\r\n", misfit.asked[0])
        self.served()

    def test_never_answers_and_cancel(self):
        """While the manager works on it products are served, a second start and a file are refused, and it can be
        cancelled."""
        misfit = self.misfit()
        misfit.answer = lambda connection: misfit.over.wait(60)
        self.done(self.sat.ctl("sync", "now", "--no-wait", "--account", self.sat.account))
        self.wait_for(lambda row: row["running"] and row["running"]["stage"] == "WAIT")
        running = self.status()["running"]
        self.assertEqual("EXCHANGE", running["what"], running)
        self.served()
        second = self.sat.ctl("sync", "now", "--account", self.sat.account)
        self.refused(second, "SYNC_RUNNING")
        self.assertIn("since", second.err)
        self.refused(self.sat.ctl("sync", "export", os.path.join(self.folder, "x.sync"), "--account", self.sat.account),
                     "SYNC_RUNNING")
        shown = self.sat.ctl("sync", "status", json_output=False)
        self.assertIn("is being synchronized: waiting for the answer", " ".join(shown.out.split()), shown)
        began = time.monotonic()
        self.assertTrue(self.done(self.sat.ctl("sync", "cancel", "--account", self.sat.account))["wasRunning"])
        row = self.wait_for(lambda row: row["running"] is None)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual("CANCELLED", row["newest"]["outcome"], row)
        self.assertRegex(row["newest"]["message"], "was cancelled by ")
        self.assertFalse(self.done(self.sat.ctl("sync", "cancel", "--account", self.sat.account))["wasRunning"])

    def test_slow(self):
        """An answer that comes in drops is waited for."""
        misfit = self.misfit()

        def drops(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/gzip\r\nContent-Length: 20\r\n\r\n")
            for _ in range(20):
                connection.sendall(b"x")
                time.sleep(0.1)
        misfit.answer = drops
        self.fails("SYNC_NOT_A_BUNDLE")

    def test_certificates(self):
        other = certificate("Another CA")
        for what, made, ca, words in (
                ("unknown CA", {}, "system", "issued by a CA that is not trusted"),
                ("another CA", {}, self.file("other.pem", pem(other[1])), "it is none of those configured"),
                ("name", {"name": "manager.example.com"}, self.ca, "names manager.example.com"),
                ("expired", {"days": -1}, self.ca, "has expired")):
            with self.subTest(what):
                misfit = self.misfit(**made)
                self.configure("--ca", ca)
                self.fails("SYNC_UNREACHABLE", words, "127.0.0.1:%d" % misfit.port)
                self.assertEqual([], misfit.asked, "nothing was sent")
        several = self.file("several.pem", pem(other[1]) + pem(self.issuer[1]))
        misfit = self.misfit()
        self.configure("--ca", several)
        misfit.answer = answer("404 Not Found", "text/plain", b"")
        self.fails("ANSWER_INVALID", "HTTP 404")
        self.served()

    def test_nobody_there(self):
        self.configure("--url", "https://127.0.0.1:1")
        self.fails("SYNC_UNREACHABLE", "connecting to 127.0.0.1:1 failed: Connection refused")
        self.configure("--url", "https://no-such-host.invalid")
        self.fails("SYNC_UNREACHABLE", "no-such-host.invalid:443 cannot be resolved")
        with socket.create_server(("127.0.0.1", 0)) as plain:
            self.configure("--url", "https://127.0.0.1:%d" % plain.getsockname()[1])

            def greet():
                connection = plain.accept()[0]
                connection.sendall(b"220 mail.example.com ESMTP\r\n")
                connection.close()
            threading.Thread(target=greet, daemon=True).start()
            self.fails("SYNC_UNREACHABLE", "does not speak HTTPS")
        self.served()

    def test_settings(self):
        self.configure("--url", "none", "--ca", "system")  # tools/run has set them
        for options, name in ((("--url", "http://manager.example.com"), "INVALID_REQUEST"),
                              (("--url", "https://u:p@manager.example.com"), "INVALID_REQUEST"),
                              (("--url", "https://manager.example.com/path"), "INVALID_REQUEST"),
                              (("--schedule", "daily@02:30"), "INVALID_REQUEST"),
                              (("--proxy-user", "anna"), "INVALID_REQUEST"),
                              (("--proxy", "socks5://127.0.0.1:1080"), "INVALID_REQUEST"),
                              (("--ca", self.file("no.pem", b"hello")), "CERTIFICATE_INVALID"),
                              (("--ca", self.file("binary.pem", b"\x1f\x8b\xff")), "CERTIFICATE_INVALID"),
                              (("--ca", self.file("empty.pem", b"")), "CERTIFICATE_INVALID"),
                              (("--proxy-password-file", self.file("latin1", b"gr\xfcn\n")), "BAD_REQUEST")):
            with self.subTest(options):
                self.refused(self.sat.ctl("sync", "configure", "--account", self.sat.account, *options), name)
        self.refused(self.sat.ctl("sync", "now", "--account", self.sat.account), "SYNC_NOT_CONFIGURED")
        value = self.configure("--url", "manager.example.com:8443", "--proxy", "127.0.0.1:3128", "--proxy-user", "anna",
                               "--proxy-password-file", self.file("password", b"s3cret\n"), "--schedule", "weekly:mon@02:30",
                               "--ca", self.ca)
        self.assertEqual("https://manager.example.com:8443", value["managerUrl"])
        self.assertTrue(value["proxyPasswordSet"])
        self.assertEqual("Test CA", value["managerCas"][0]["subject"])
        self.assertRegex(value["scheduleText"], r"every Monday at 02:30 UTC")
        self.assertIsNotNone(value["nextAttemptAt"])
        self.assertEqual("CONNECTED", self.status()["mode"])
        events = self.sat.rest_ok("GET", "/events?limit=5")
        for shown in (value, events, self.status(), self.sat.ctl("sync", "configure", json_output=False).out):
            self.assertNotIn("s3cret", json.dumps(shown))
        for folder, _, names in os.walk(self.sat.state):
            for name in names:
                with contextlib.suppress(OSError), open(os.path.join(folder, name), "rb") as f:
                    self.assertNotIn(b"s3cret", f.read(), "in %s" % name)
        value = self.configure("--proxy", "127.0.0.1:3129")
        self.assertFalse(value["proxyPasswordSet"], "a password is for the proxy for which it was given")
        self.configure("--schedule", "off")
        self.assertIsNone(self.status()["nextAttemptAt"])


class Proxies(Connected):
    def tinyproxy(self, *lines):
        program = shutil.which("tinyproxy")
        if program is None:
            self.skipTest("tinyproxy is not installed")
        port = satellite.free_port_base(1)
        path = self.file("tinyproxy.conf", (
            "Port %d\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\n" % port +
            "".join(line + "\n" for line in lines)).encode())
        process = subprocess.Popen([program, "-d", "-c", path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)

        def stop():
            process.terminate()
            process.wait()
        self.addCleanup(stop)
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return port
            except OSError:
                self.assertIsNone(process.poll(), "tinyproxy ended")
                self.assertLess(time.monotonic(), end, "tinyproxy does not listen")
                time.sleep(0.1)

    def test_login(self):
        misfit = self.misfit()
        misfit.answer = refusal("403 Forbidden", "SATELLITE_REMOVED", "Gone.")
        port = self.tinyproxy("BasicAuth anna s3cret")
        here = "The proxy 127.0.0.1:%d" % port
        self.configure("--proxy", "http://127.0.0.1:%d" % port)
        self.fails("SYNC_UNREACHABLE", here, "answered 407: it wants a login", "--proxy-user U")
        self.configure("--proxy-user", "anna", "--proxy-password-file", self.file("wrong", b"wrong\n"))
        result = self.fails("SYNC_UNREACHABLE", here, "refused the login of “anna”")
        self.assertNotIn("wrong ", result.err)
        self.assertEqual([], misfit.asked)
        self.configure("--proxy-password-file", self.file("right", b"s3cret\n"))
        self.fails("SATELLITE_REMOVED", "Gone.")
        self.assertEqual(1, len(misfit.asked))
        self.assertNotIn("Proxy-Authorization", misfit.asked[0], "the login is for the proxy alone")

    def test_not_allowed_there(self):
        misfit = self.misfit()
        port = self.tinyproxy("ConnectPort 1")
        self.configure("--proxy", "http://127.0.0.1:%d" % port)
        self.fails("SYNC_UNREACHABLE", "does not let through to 127.0.0.1:%d (it answered 403)" % misfit.port)

    def test_faults(self):
        misfit = self.misfit()
        for fault, words in (("407", "wants a login"), ("502", "cannot reach 127.0.0.1"), ("cut", "ended the connection"),
                             ("bare page", "of an HTTP proxy"), ("page", "does not speak HTTPS"),
                             ("cut later", "through the proxy 127.0.0.1:")):
            with self.subTest(fault):
                proxy = Proxy(("127.0.0.1", misfit.port), fault)
                self.addCleanup(proxy.stop)
                misfit.answer = answer("200 OK", "application/gzip", bytes(100000))
                self.configure("--proxy", "http://127.0.0.1:%d" % proxy.port)
                self.fails("SYNC_UNREACHABLE", words)
                self.assertTrue(proxy.asked)
        self.configure("--proxy", "127.0.0.1:1")
        self.fails("SYNC_UNREACHABLE", "connecting to the proxy 127.0.0.1:1 failed: Connection refused")
        self.served()


class Privacy(Connected):
    """What a request tells, by unpacking it."""

    def told(self, misfit):
        self.refused(self.sat.ctl("sync", "now", "--account", self.sat.account), "SYNC_REFUSED")
        with tarfile.open(fileobj=io.BytesIO(misfit.bodies[-1]), mode="r:gz") as tar:
            part = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}
        lines = [json.loads(line) for line in part["product_instances.ndjson"].splitlines()]
        return json.loads(part["manifest.json"]), {line["udi_serial_number"]: line for line in lines}

    def test_switches(self):
        misfit = self.misfit()
        misfit.answer = refusal("503 Busy", "BUSY", "Later.")
        made = self.registered()
        everything = {"hostname", "ip_address", "mac_address", "product_version"}
        self.addCleanup(self.sat.ctl, "sync", "privacy", "--account", self.sat.account,
                        *[word for name in ("hostname", "ip-address", "mac-address", "product-version")
                          for word in (name, "on")])
        self.sat.ctl("sync", "privacy", "hostname", "off", "--account", self.sat.account)
        self.sat.ctl("sync", "privacy", "hostname", "on", "--account", self.sat.account)
        manifest, rows = self.told(misfit)
        self.assertEqual("full", manifest["mode"])
        shown = {name for name in everything if rows[made.serial][name] is not None}
        self.assertIn("hostname", shown, rows[made.serial])
        sequence = manifest["sequence"]
        for name in ("hostname", "ip-address", "mac-address", "product-version"):
            with self.subTest(name):
                value = self.done(self.sat.ctl("sync", "privacy", name, "off", "--account", self.sat.account))
                self.assertEqual("SUCCESS", value["status"])
                manifest, rows = self.told(misfit)
                shown -= {name.replace("-", "_")}
                self.assertEqual(shown, {n for n in everything if rows[made.serial][n] is not None})
                self.assertEqual("full", manifest["mode"], "the manager is to forget it")
                self.assertGreater(manifest["sequence"], sequence, "what waited is not sent again")
                sequence = manifest["sequence"]
                self.assertEqual((made.pid, made.uuid.replace("-", "").lower()),
                                 (rows[made.serial]["udi_pid"], rows[made.serial]["uuid"]), "the UDI stays")
        everything_sent = misfit.bodies[-1]
        with tarfile.open(fileobj=io.BytesIO(everything_sent), mode="r:gz") as tar:
            for member in tar.getmembers():
                data = tar.extractfile(member).read()
                for text in (made.hostname, made.ip_address, made.version):
                    self.assertNotIn(text.encode(), data, member.name)
        self.refused_usage(("sync", "privacy", "hostname"), ("sync", "privacy", "host", "off"),
                           ("sync", "privacy", "hostname", "no"))

    def refused_usage(self, *commands):
        for command in commands:
            result = self.sat.ctl(*command)
            self.assertEqual(2, result.rc, result)


class Real(Connected):
    """The cloud manager itself."""

    def order(self, place, quantity):
        self.done(self.sat.ctl("order", "add", "--account", self.sat.account, "--virtual-account", place, "--license",
                               "Basic", "--quantity", str(quantity), "--type", "PERPETUAL", manager=True))

    def now(self, account, *options):
        return self.done(self.sat.ctl("sync", "now", "--account", account, *options))

    def connect(self, account):
        self.done(self.sat.ctl("sync", "configure", "--account", account, "--url", self.sat.manager_url, "--ca",
                               self.sat.ca_file))

    def code(self, place):
        value = self.done(self.sat.ctl("satellite-code", "create", "--account", self.sat.account, "--virtual-account",
                                       place, manager=True))
        return value["registrationCode"]["code"]

    def test_register_and_synchronize(self):
        place, account = "Site " + secrets.token_hex(4), "Remote " + secrets.token_hex(4)
        self.done(self.sat.ctl("virtual-account", "add", place, "--account", self.sat.account, manager=True))
        self.order(place, 7)
        self.done(self.sat.ctl("account", "add", account, "--smart-account", self.sat.account, "--virtual-account", place))
        self.connect(account)
        self.refused(self.sat.ctl("sync", "now", "--account", account), "NOT_REGISTERED")
        wrong = self.sat.ctl("sync", "register", "--account", account, "--code", "0" * 32)
        self.refused(wrong, "REGISTRATION_CODE_INVALID")
        self.assertNotIn("0" * 32, wrong.out + wrong.err)
        code = self.code(place)
        self.refused(self.sat.ctl("sync", "register", "--account", account, "--code", code, "--root-fingerprint", "0" * 64),
                     "SYNC_WRONG_ROOT")
        value = self.done(self.sat.ctl("sync", "register", "--account", account, "--code", code))
        self.assertEqual(("OK", "registration"), (value["outcome"], value["what"]), value)
        self.assertIn("7 instead of 0", value["message"])
        self.refused(self.sat.ctl("sync", "register", "--account", account, "--code", code), "REGISTRATION_CODE_INVALID")
        first = self.now(account)
        self.assertEqual(("exchange", "full", 1), (first["what"], first["mode"], first["sequence"]), first)
        second = self.now(account)
        self.assertEqual(("standard", 2, 0), (second["mode"], second["sequence"], second["sent"]), second)
        self.order(place, 3)
        self.assertIn("10 instead of 7", self.now(account, "--full")["message"])
        token = self.sat.rest_ok("POST", self.sat.path("Default", account) + "/tokens", {
            "description": "x", "expiresAfterDays": 1, "numberofUses": 2, "exportControlled": "Not Allowed"})
        made = self.product()
        self.ok(made.register(token["tokenInfo"]["token"]))
        self.assertGreaterEqual(self.now(account)["sent"], 1)
        self.ok(made.authorize({BASIC: 2}))
        self.assertGreaterEqual(self.now(account)["sent"], 2)
        rows = [row for row in self.sat.rest_ok("GET", "/sync/status")["accounts"] if row["account"] == account]
        self.assertEqual(("CONNECTED", "REGISTERED", 0), tuple(
            rows[0][member] for member in ("mode", "state", "failures")), rows)
        self.assertEqual(89, rows[0]["daysUntilDeadline"])
        history = self.done(self.sat.ctl("sync", "history", "--account", account))["history"]
        self.assertEqual(["exchange"] * 5 + ["registration"] * 4, [row["what"] for row in history], history)

    def test_files_and_network_together(self):
        """A file that was exported waits; the network sends it, and what changed meanwhile behind it."""
        self.connect(self.sat.account)
        made = self.registered()
        request = os.path.join(self.folder, "request.sync")
        self.done(self.sat.ctl("sync", "export", request, "--account", self.sat.account))
        self.ok(made.authorize({}))
        value = self.now(self.sat.account)
        self.assertEqual("OK", value["outcome"])
        again = self.now(self.sat.account)
        self.assertEqual(0, again["sent"], "nothing was left")
        self.assertEqual("standard", again["mode"])


class ByItself(MovedCase, Connected):
    """A satellite that is started again later: an end in the middle, what it missed, failures that are kept. Time only
    goes forward, from test to test in the order of their names."""

    def test_a_restored_backup(self):
        """A satellite that was set back to a backup is asked for everything, and sends it at once."""
        self.done(self.sat.ctl("sync", "configure", "--url", self.sat.manager_url, "--ca", self.sat.ca_file))
        database = self.sat.satellite_database
        self.start_at(0)
        self.registered()
        self.assertEqual("OK", self.now()["outcome"])
        self.stop_satellite()
        kept = {name: self.kept(database + name) for name in ("", "-wal")}
        self.start_at(0)
        for _ in range(2):
            self.registered()
            sequence = self.now()["sequence"]
        self.stop_satellite()
        for name, data in kept.items():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(database + name)
            if data is not None:
                with open(database + name, "wb") as f:
                    f.write(data)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(database + "-shm")
        self.start_at(0)
        self.registered()
        value = self.now()
        self.assertEqual(("OK", "full"), (value["outcome"], value["mode"]), value)
        self.assertGreater(value["sequence"], sequence, "it goes on above what the manager knows")
        self.assertEqual("standard", self.now()["mode"])

    @staticmethod
    def kept(path):
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as f:
            return f.read()
        return None

    def now(self):
        return self.done(self.sat.ctl("sync", "now", "--account", self.sat.account))

    def test_b_missed(self):
        misfit = self.misfit()
        misfit.answer = refusal("503 Busy", "BUSY", "Come again.")
        due = self.configure("--schedule", "daily@02:30")["nextAttemptAt"]
        self.assertIsNotNone(due)
        self.assertEqual([], misfit.asked, "not before it is due")
        self.start_at(2)
        row = self.wait_for(lambda row: row["failures"] == 1 and row["running"] is None)
        self.assertEqual(("SYNC_REFUSED", "schedule"), (row["newest"]["outcome"], row["newest"]["by"]), row)
        self.assertIn("cannot take the file now (BUSY): Come again.", row["lastFailure"]["message"])
        failed, following = (datetime.datetime.fromisoformat(row[member].rstrip("Z")) if isinstance(row[member], str)
                             else datetime.datetime.fromisoformat(row[member]["at"].rstrip("Z"))
                             for member in ("lastFailure", "nextAttemptAt"))
        self.assertAlmostEqual(60, (following - failed).total_seconds(), delta=2)
        self.assertEqual(1, len(misfit.asked))
        # It is put off, and that survives an end; what an administrator starts is neither put off nor counted.
        self.start_at(2)
        self.assertEqual(row["nextAttemptAt"], self.status()["nextAttemptAt"])
        self.refused(self.sat.ctl("sync", "now"), "SYNC_REFUSED")
        self.assertEqual(1, self.status()["failures"])
        # Other settings end it.
        self.configure("--schedule", "daily@03:30")
        row = self.wait_for(lambda row: row["failures"] == 1 and row["running"] is None and len(misfit.asked) > 2)
        # A day later it is overdue, which is told by an alert too.
        self.start_at(4)
        alerts = self.sat.rest_ok("POST", self.sat.path() + "/alerts", {})["alerts"]
        overdue = [a["message"] for a in alerts if "was due on" in a["message"]]
        self.assertEqual(1, len(overdue), alerts)
        self.assertRegex(overdue[0], r"The last attempt failed on .*: The cloud manager .* cannot take the file now")
        self.served_later(4)

    def served_later(self, days):
        made = self.moved(self.product(), days)
        self.ok(made.register(self.sat.new_token()))

    def test_a_end_in_the_middle(self):
        misfit = self.misfit()
        misfit.answer = lambda connection: misfit.over.wait(60)
        self.start_at(0)
        self.done(self.sat.ctl("sync", "now", "--no-wait"))
        self.wait_for(lambda row: row["running"] and row["running"]["stage"] == "WAIT")
        began = time.monotonic()
        self.stop_satellite()
        self.assertLess(time.monotonic() - began, 8)
        self.start_at(0)
        row = self.status()
        self.assertEqual("STOPPING", row["newest"]["outcome"], row)
        self.assertEqual(0, row["failures"])

    def test_c_clock_that_jumps(self):
        """Nothing runs by a clock that is not believed, and the status says so."""
        misfit = self.misfit()
        misfit.answer = refusal("503 Busy", "BUSY", "Come again.")
        self.clock_file = os.path.join(self.sat.state, "clock")
        self.set_clock("+5d")
        self.start_with(FAKETIME_TIMESTAMP_FILE=self.clock_file, FAKETIME_NO_CACHE="1")
        self.configure("--schedule", "daily@02:30")
        self.set_clock("+8d")
        row = self.wait_for(lambda row: row["held"])
        self.assertEqual("CLOCK_JUMPED", row["held"]["code"])
        self.refused(self.sat.ctl("sync", "now"), "CLOCK_JUMPED")
        time.sleep(12)
        self.assertEqual([], misfit.asked)
        self.done(self.sat.ctl("clock", "accept"))
        self.wait_for(lambda row: row["failures"] == 1)
        self.assertEqual(1, len(misfit.asked))


if __name__ == "__main__":
    unittest.main()
