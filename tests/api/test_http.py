"""The carriage: §3 of the protocol, and what a careless or hostile client does with HTTP."""

import concurrent.futures
import socket
import ssl
import time
import unittest

import product as P
from case import CUWL, Case

JSON = {"Content-Type": "application/json"}


class Http(Case):
    def setUp(self):
        self.client = self.sat.client()
        self.addCleanup(self.client.close)

    def raw(self, data, pause=None, timeout=15, may_wait=False):
        """Sends bytes, -> status line and headers as text ("" = closed without an answer, or, with may_wait, still
        waiting for more)."""
        connection = self.client.raw_socket()
        connection.settimeout(timeout)
        try:
            for part in data if isinstance(data, list) else [data]:
                connection.sendall(part)
                if pause:
                    time.sleep(pause)
            answer = b""
            while b"\r\n\r\n" not in answer:
                more = connection.recv(65536)
                if not more:
                    break
                answer += more
            return answer.decode("latin-1")
        except socket.timeout:
            if may_wait:
                return ""
            raise AssertionError("no answer and no close within %d s to %r" % (timeout, data[:80]))
        except OSError:
            return ""
        finally:
            connection.close()

    def test_unknown_paths(self):
        for path in ("/nope", "/SmartTransport/x", "/smarttransport", "/SmartTransport%00", "/..%2f..%2fetc/passwd",
                     "/cslu/v1/pi/demo-1"):
            for method in ("GET", "POST"):
                with self.subTest(method=method, path=path):
                    reply = self.client.request(method, path, b"{}" if method == "POST" else None,
                                                JSON if method == "POST" else {})
                    self.assertIn(reply.status, (404, 400) if "%" in path else (404,), reply)

    def test_other_methods(self):
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            with self.subTest(method=method):
                reply = self.client.request(method, P.TRANSPORT, b"{}" if method in ("PUT", "PATCH") else None, JSON)
                self.assertEqual(405, reply.status, reply)
                self.assertIn("POST", reply.headers.get("Allow", ""), "Allow")
        reply = self.client.request("HEAD", P.TRANSPORT)
        self.assertIn(reply.status, (405, 404), reply)
        reply = self.client.request("POST", "/healthz", b"{}", JSON)
        self.assertEqual(405, reply.status, reply)
        self.assertIn("GET", reply.headers.get("Allow", ""))

    def test_content_types(self):
        product = self.product()
        body = product.registration("no-such-token").body
        for media in ("text/plain", "text/xml", "application/x-www-form-urlencoded", "application/jsonx", "json", "*/*"):
            with self.subTest(media=media):
                self.assertEqual(415, product.post(body, {"Content-Type": media}).status)
        for media in ("application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
            with self.subTest(media=media):
                self.assertEqual(200, product.post(body, {"Content-Type": media}).status)

    def test_no_length(self):
        host = ("Host: %s:%d\r\n" % (self.client.host, self.client.port)).encode()
        answer = self.raw(b"POST /SmartTransport HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\n\r\n")
        self.assertRegex(answer, r"\AHTTP/1.1 (411|400) ")

    def test_chunked(self):
        product = self.product()
        body = product.registration("no-such-token").body
        half = len(body) // 2
        reply = self.client.request("POST", P.TRANSPORT, iter([body[:half], body[half:]]), JSON)
        if reply.status != 411:
            self.assertEqual(200, reply.status, reply)
        try:
            reply = self.client.request("POST", P.TRANSPORT, iter([b" " * 65536] * 20), JSON)
            self.assertIn(reply.status, (413, 411), reply)
        except OSError:
            pass                                                     # closed while we were sending
        self.client.close()

    def test_announced_too_long(self):
        host = ("Host: %s:%d\r\n" % (self.client.host, self.client.port)).encode()
        for length in (b"1048577", b"99999999999", b"18446744073709551616", b"-1", b"x", b"0x10"):
            with self.subTest(length=length):
                answer = self.raw(b"POST /SmartTransport HTTP/1.1\r\n" + host +
                                  b"Content-Type: application/json\r\nContent-Length: " + length + b"\r\n\r\n")
                if answer:
                    self.assertRegex(answer, r"\AHTTP/1.1 (413|400) ")

    def test_expect_continue(self):
        product = self.product()
        body = product.registration("no-such-token").body
        reply = self.client.request("POST", P.TRANSPORT, body, dict(JSON, Expect="100-continue"))
        self.assertEqual(200, reply.status, reply)

    def test_not_http(self):
        for data in (b"\x00" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"\r\n" * 50 + b"x\r\n\r\n",
                     b"POST /SmartTransport HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 100000 + b"\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n"):
            with self.subTest(data=data[:30]):
                answer = self.raw(data, timeout=4, may_wait=True)
                self.assertNotRegex(answer, r"\AHTTP/1.[01] (2|500)", answer[:200])
        self.assertEqual(200, self.client.request("GET", "/healthz").status)

    def test_plain_http_on_the_https_port(self):
        with socket.create_connection((self.client.host, self.client.port), timeout=15) as s:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            try:
                self.assertNotIn(b"200 OK", s.recv(4096))
            except ConnectionResetError:
                pass

    def test_body_in_small_pieces(self):
        product = self.product()
        body = product.registration("no-such-token").body
        head = ("POST /SmartTransport HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: application/json\r\n"
                "Content-Length: %d\r\n\r\n" % (self.client.host, self.client.port, len(body))).encode()
        pieces = [head] + [body[i:i + 300] for i in range(0, len(body), 300)]
        self.assertRegex(self.raw(pieces, pause=0.01), r"\AHTTP/1.1 200 ")

    def test_client_that_leaves(self):
        """Half a body, then gone; a whole message and gone before the answer: the server goes on."""
        token = self.sat.new_token()
        product = self.product()
        message = product.registration(token)
        head = ("POST /SmartTransport HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                "Content-Length: %d\r\n\r\n" % len(message.body)).encode()
        for data in (head, head + message.body[:500], head + message.body):
            for _ in range(5):
                s = self.client.raw_socket()
                s.sendall(data)
                s.close()
        self.ok(product.send(message), "the retry of a message whose answer was not heard")
        self.assertEqual(9, self.sat.uses_left(token), "one use, however often it was sent")

    def test_keep_alive(self):
        product = self.registered()
        before = product.client.connections_n
        for _ in range(20):
            self.ok(product.authorize({CUWL: 0}))
        self.post_bad(product)
        self.ok(product.authorize({CUWL: 0}))
        self.assertEqual(before, product.client.connections_n, "one connection for all")

    @staticmethod
    def post_bad(product):
        product.post(b"{")

    def test_pipelined(self):
        product = self.product()
        body = product.registration("no-such-token").body
        one = ("POST /SmartTransport HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
               "Content-Length: %d\r\n\r\n" % len(body)).encode() + body
        s = self.client.raw_socket()
        s.settimeout(20)
        s.sendall(one * 3)
        seen = b""
        while seen.count(b"HTTP/1.1 200") < 3:
            more = s.recv(65536)
            self.assertTrue(more, "closed after %d answers of 3" % seen.count(b"HTTP/1.1 200"))
            seen += more
        s.close()

    def test_tls(self):
        """TLS 1.2 and 1.3, nothing older; the name is checked against the certificate."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=self.sat.ca_file)
            context.minimum_version = context.maximum_version = version
            with socket.create_connection((self.client.host, self.client.port), timeout=15) as plain:
                with context.wrap_socket(plain, server_hostname=self.client.host) as s:
                    self.assertIn(s.version(), ("TLSv1.2", "TLSv1.3"))
        context = ssl.create_default_context(cafile=self.sat.ca_file)
        with socket.create_connection((self.client.host, self.client.port), timeout=15) as plain:
            with self.assertRaises(ssl.SSLCertVerificationError):
                context.wrap_socket(plain, server_hostname="not-this-host.example")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection((self.client.host, self.client.port), timeout=15) as plain:
            self.assertRaises(OSError, old.wrap_socket, plain)

    def test_healthz(self):
        reply = self.client.request("GET", "/healthz")
        self.assertEqual(200, reply.status)
        self.assertEqual("ok", reply.json()["status"])

    def test_idle_connections_do_not_stop_others(self):
        held = []
        try:
            for _ in range(50):
                held.append(self.client.raw_socket())
            for s in held[:25]:
                s.sendall(b"POST /SmartTransport HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                          b"Content-Length: 5000\r\n\r\n{")
            product = self.registered()
            self.ok(product.authorize({CUWL: 0}))
        finally:
            for s in held:
                s.close()

    def test_rest_is_not_served_to_products(self):
        """The product door opens nothing of the administration's."""
        for path in ("/api/v1/status", "/backend/api/v1/status", "/api/v1/accounts/Demo%20Account/virtual-accounts"):
            reply = self.client.request("GET", path)
            self.assertIn(reply.status, (403, 404), reply)

    def test_many_connections_at_once(self):
        product = self.product()
        body = product.registration("no-such-token").body

        def one(_):
            client = self.sat.client()
            try:
                return client.request("POST", P.TRANSPORT, body, JSON).status
            finally:
                client.close()
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            self.assertEqual({200}, set(pool.map(one, range(60))))


if __name__ == "__main__":
    unittest.main()
