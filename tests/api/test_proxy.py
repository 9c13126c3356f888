"""product-agent through HTTP proxies: tinyproxy with and without login, and some that do not work."""

import datetime
import hashlib
import ipaddress
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import satellite
from test_agent import AgentCase

PAGE = b"<html><head><title>Sign in</title></head><body>Welcome to this network</body></html>"


class Proxy(threading.Thread):
    """Takes CONNECT, leads everything to one address, and goes wrong on demand."""

    def __init__(self, target, fault, tls=None):
        super().__init__(daemon=True)
        self.target, self.fault, self.tls = target, fault, tls
        self.asked, self.open = [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            self.open.append(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def stop(self):
        for s in self.open + [self.listener]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def serve(self, client):
        try:
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
                self.open.append(client)
            self.requests(client)
        except OSError:
            pass

    def requests(self, client):
        """One, or two where a login is asked for on the same connection."""
        for _ in range(2):
            head = b""
            while b"\r\n\r\n" not in head:
                more = client.recv(4096)
                if not more:
                    return
                head += more
            self.asked.append(head.split(b"\r\n")[0].decode())
            if self.fault != "digest" or self.digest_ok(head.decode()):
                self.answer(client)
                return
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"
                           b"Proxy-Authenticate: Digest realm=\"net\", nonce=\"abc\", qop=\"auth\"\r\n\r\n")

    @staticmethod
    def digest_ok(head):
        """RFC 7616 with MD5, of anna and s3cret."""
        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()
        given = re.search(r"(?im)^Proxy-Authorization: Digest (.*)$", head)
        if given is None:
            return False
        part = {k: v.strip('"') for k, v in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', given.group(1))}
        secret, target = md5("anna:net:s3cret"), md5("CONNECT:" + part["uri"])
        return part["username"] == "anna" and part["response"] == md5(":".join(
            (secret, "abc", part["nc"], part["cnonce"], "auth", target)))

    def answer(self, client):
        answers = {
            "407": b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n",
            "403": b"HTTP/1.1 403 Forbidden\r\n", "502": b"HTTP/1.1 502 Bad Gateway\r\n",
        }
        if self.fault == "stall":
            return
        if self.fault == "cut":
            client.shutdown(socket.SHUT_RDWR)
            client.close()
        elif self.fault in answers:
            client.sendall(answers[self.fault] + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
            client.close()
        elif self.fault == "page":  # as if the way were open
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + PAGE)
            client.shutdown(socket.SHUT_WR)
        elif self.fault == "bare page":
            client.sendall(PAGE)
            client.shutdown(socket.SHUT_RDWR)
        else:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self.fault != "silent":
                self.pass_on(client)

    def pass_on(self, client):
        server = socket.create_connection(self.target)
        self.open.append(server)
        up = threading.Thread(target=self.copy, args=(client, server, None), daemon=True)
        up.start()
        # Enough for the handshake, too little for an answer.
        self.copy(server, client, 3000 if self.fault == "cut later" else None)
        client.close()
        server.close()

    @staticmethod
    def copy(source, to, limit):
        done = 0
        try:
            while limit is None or done < limit:
                data = source.recv(4096 if limit is None else min(4096, limit - done))
                if not data:
                    break
                to.sendall(data)
                done += len(data)
            to.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class ThroughProxies(AgentCase):
    def address(self):
        url = urllib.parse.urlsplit(self.sat.product_url)
        return url.hostname, url.port

    def proxy(self, fault):
        made = Proxy(self.address(), fault)
        self.addCleanup(made.stop)
        self.gateway()
        self.agent("license smart transport proxy 127.0.0.1:%d" % made.port)
        return made

    def tinyproxy(self, *lines):
        program = shutil.which("tinyproxy")
        if program is None:
            self.skipTest("tinyproxy is not installed")
        port = satellite.free_port_base(1)
        path = os.path.join(self.top, "tinyproxy.conf")
        self.proxy_log = os.path.join(self.top, "tinyproxy.log")
        with open(path, "w", encoding="utf-8") as f:
            f.write("Port %d\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\nLogLevel Info\n"
                    "LogFile \"%s\"\n" % (port, self.proxy_log) + "".join(line + "\n" for line in lines))
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

    def journey(self):
        place = self.fresh({"Enhanced": 2})
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        self.agent("license usage set Enhanced=2")
        self.assertEqual((2, 2, "In Compliance"), self.counts(place, "Enhanced"))
        self.agent("license smart renew id")
        self.agent("license usage update")
        self.agent("license smart deregister")
        self.assertEqual([], self.mine(place))

    # that work

    def test_tinyproxy(self):
        port = self.tinyproxy()
        for more in ("", " callhome"):
            with self.subTest(more=more):
                self.gateway(more)
                self.agent("license smart transport proxy 127.0.0.1:%d" % port)
                self.journey()
        with open(self.proxy_log, encoding="utf-8") as log:
            self.assertIn("CONNECT %s:%d" % self.address(), log.read())

    def test_directly_at_the_manager(self):
        port = self.tinyproxy()
        self.gateway(road="direct", url=self.sat.manager_url)
        self.agent("license smart transport proxy http://127.0.0.1:%d" % port)
        self.agent("license smart register idtoken " + self.direct_token())
        self.agent("license usage set CUWL=1")
        self.agent("license smart deregister")
        with open(self.proxy_log, encoding="utf-8") as log:
            self.assertIn("CONNECT", log.read())

    def test_login(self):
        port = self.tinyproxy("BasicAuth anna s3cret")
        self.gateway()
        self.agent("license smart transport proxy 127.0.0.1:%d" % port)
        self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", "wants a login (407)", "user NAME password")
        self.agent("license smart transport proxy 127.0.0.1:%d user anna password wrong" % port)
        err = self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", "refused the login of “anna” (40")
        self.assertNotIn("wrong", err)
        self.agent("license smart transport proxy 127.0.0.1:%d user anna password s3cret" % port)
        self.journey()
        for options in ((), ("--json",)):
            out, _ = self.agent("show license tech support", *options)
            self.assertIn("anna", out)
            self.assertNotIn("s3cret", out)

    def test_digest_login(self):
        made = self.proxy("digest")
        self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", "wants a login (407)")
        self.agent("license smart transport proxy 127.0.0.1:%d user anna password s3cret" % made.port)
        self.journey()

    def test_proxy_by_https(self):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "proxy")])
        now = datetime.datetime.utcnow()
        cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                .not_valid_after(now + datetime.timedelta(days=30))
                .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
                .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
        pem = cert.public_bytes(serialization.Encoding.PEM)
        path, trusted = os.path.join(self.top, "proxy.pem"), os.path.join(self.top, "trusted.pem")
        with open(path, "wb") as f:
            f.write(pem + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                            serialization.NoEncryption()))
        with open(self.sat.ca_file, "rb") as f, open(trusted, "wb") as out:
            out.write(f.read() + pem)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(path)
        made = Proxy(self.address(), "none", tls)
        self.addCleanup(made.stop)
        self.gateway()
        self.agent("license smart transport proxy https://127.0.0.1:%d" % made.port)
        self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", "The certificate of the proxy https://127.0.0.1:",
                   "is not trusted", "--ca-file")
        self.agent("show ctl", "--ca-file", trusted)
        self.journey()
        self.assertTrue(made.asked)

    def test_not_allowed_there(self):
        port = self.tinyproxy("ConnectPort 1")
        self.gateway()
        self.agent("license smart transport proxy 127.0.0.1:%d" % port)
        self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", "does not let through", "answered 403")

    def test_off(self):
        made = self.proxy("407")
        self.agent("license smart transport no proxy")
        self.journey()
        self.assertEqual([], made.asked)

    def test_environment_is_not_read(self):
        made = self.proxy("407")
        self.agent("license smart transport proxy off")
        old = os.environ.get("https_proxy")
        os.environ["https_proxy"] = "http://127.0.0.1:%d" % made.port
        try:
            self.journey()
        finally:
            if old is None:
                del os.environ["https_proxy"]
            else:
                os.environ["https_proxy"] = old
        self.assertEqual([], made.asked)

    def test_name_that_only_the_proxy_knows(self):
        """The product needs no DNS: the proxy is asked for the name, and the certificate does not carry it."""
        made = self.proxy("none")
        port = self.address()[1]
        self.agent("license smart transport gateway ssm-old.example.net:%d" % port)
        self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", "asked for “ssm-old.example.net”",
                   "certificate names localhost, 127.0.0.1")
        self.assertEqual(["CONNECT ssm-old.example.net:%d HTTP/1.1" % port], made.asked)

    # that do not

    def test_faults(self):
        here = "The proxy http://127.0.0.1:"
        cases = {
            "407": (here, "wants a login (407)"),
            "403": (here, "does not let through to https://", "answered 403"),
            "502": (here, "cannot reach https://", "answered 502"),
            "cut": (here, "ended the connection before it opened the way"),
            "page": ("What comes through the proxy http://127.0.0.1:", "is not HTTPS of https://"),
            "bare page": (here, "is the address of an HTTP proxy"),
            "cut later": ("through the proxy http://127.0.0.1:", "broke", "the proxy's log"),
            "stall": (here, "took the connection and then did not answer"),
            "silent": ("took the connection and then did not answer as an HTTPS server",),
        }
        for fault, words in cases.items():
            with self.subTest(fault=fault):
                made = self.proxy(fault)
                self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", *words)
                shown = self.json("show license status")
                self.assertEqual("REGISTERING - REGISTRATION IN PROGRESS", shown["registration"]["status"])
                self.assertIsNotNone(shown["registration"]["lastAttempt"]["nextAt"])
                self.assertIn(words[0], shown["registration"]["lastAttempt"]["reason"])
                self.assertTrue(made.asked)
                self.agent("license smart deregister")  # forgets what was begun

    def test_nobody_there(self):
        self.gateway()
        self.agent("license smart transport proxy 127.0.0.1:1")
        self.fails("license smart register idtoken T", 3, "CONNECT_FAILED",
                   "Cannot connect to the proxy http://127.0.0.1:1: Connection refused")
        self.agent("license smart transport proxy no-such-host.invalid:3128")
        self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", "The proxy's name", "cannot be resolved")

    def test_proxy_goes_away(self):
        """Registered through a proxy that then asks for a login: reports fail in words, and come through again."""
        place = self.fresh({"Basic": 1})
        self.proxy("none")
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        made = Proxy(self.address(), "407")
        self.addCleanup(made.stop)
        self.agent("license smart transport proxy 127.0.0.1:%d" % made.port)
        self.fails("license usage update", 3, "CONNECT_FAILED", "wants a login")
        out, text = self.agent("license usage set Basic=1")
        self.assertIn("Not reported yet", out, text)
        made.fault = "none"
        self.agent("license usage update")
        self.assertEqual((1, 1, "In Compliance"), self.counts(place, "Basic"))
        self.agent("license smart deregister")


if __name__ == "__main__":
    unittest.main()
