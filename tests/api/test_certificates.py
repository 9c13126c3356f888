"""The TLS certificate of the house's CA: requested, checked, installed while products are connected, kept, removed."""

import datetime
import ipaddress
import os
import signal
import socket
import ssl
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import product as P
from case import ENHANCED, Case
from pair import Pair

TLS = "/certificates/tls"
NAMES = ("localhost", "127.0.0.1")
PEM = serialization.Encoding.PEM


def name(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def general(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


class Authority:
    """A root, and an issuing CA below it."""

    def __init__(self):
        self.root_key, self.key = P.new_key(), P.new_key()
        self.root = self.issue("Test Root", self.root_key.public_key(), None, self.root_key, ca=True)
        self.issuing = self.issue("Test Issuing CA", self.key.public_key(), self.root, self.root_key, ca=True)

    @staticmethod
    def issue(common, public, issuer, key, ca=False, names=(), start=-1, days=90, usage=None):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(name(common)).issuer_name(issuer.subject if issuer else name(common))
                   .public_key(public).serial_number(x509.random_serial_number())
                   .not_valid_before(now + datetime.timedelta(days=start))
                   .not_valid_after(now + datetime.timedelta(days=days))
                   .add_extension(x509.BasicConstraints(ca, None), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False))
        if issuer:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
        builder = builder.add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([general(n) for n in names]), False)
        if not ca:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage or ExtendedKeyUsageOID.SERVER_AUTH]), False)
        return builder.sign(key, hashes.SHA256())

    def server(self, public, names=NAMES, **options):
        return self.issue(names[0] if names else "nobody", public, self.issuing, self.key, names=names, **options)

    def chain(self, *certificates):
        return "".join(P.pem(c) for c in certificates)


class Certificates(Case):
    @classmethod
    def setUpClass(cls):
        cls.sat = Pair().ready()
        cls.ca = Authority()
        cls.ca_path = os.path.join(cls.sat.state, "house.pem")
        with open(cls.ca_path, "w", encoding="ascii") as f:
            f.write(P.pem(cls.ca.root))

    @classmethod
    def tearDownClass(cls):
        cls.sat.stop()

    def setUp(self):
        self.addCleanup(self.sat.rest, "POST", TLS + "/remove")

    # asking

    def shown(self, url=None):
        """The certificate that a client sees now."""
        at = urllib.parse.urlsplit(url or self.sat.product_url)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((at.hostname, at.port), 10) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as tls:
            return x509.load_der_x509_certificate(tls.getpeercert(True))

    def request(self, **body):
        answer = self.sat.rest_ok("POST", TLS + "/csr", body)
        csr = x509.load_pem_x509_csr(answer["request"].encode())
        self.assertTrue(csr.is_signature_valid)
        return csr, answer

    def install(self, *chain, **body):
        return self.sat.rest("POST", TLS + "/install", dict(body, chain=self.ca.chain(*chain)))

    def installed(self, *chain, **body):
        reply = self.install(*chain, **body)
        self.assertEqual(200, reply.status, reply)
        return reply.json()

    def not_taken(self, reply, words, error="CERTIFICATE_INVALID"):
        self.assertEqual(400, reply.status, reply)
        answer = reply.json()
        self.assertEqual(error, answer["error"]["name"])
        for word in (words,) if isinstance(words, str) else words:
            self.assertIn(word, answer["statusMessage"])

    # requests

    def test_request(self):
        csr, answer = self.request()
        self.assertEqual(["localhost", "127.0.0.1"], answer["names"])
        self.assertEqual("EC P-256", answer["key"])
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(["localhost"], names.get_values_for_type(x509.DNSName))
        self.assertIn(ipaddress.ip_address("127.0.0.1"), names.get_values_for_type(x509.IPAddress))
        other, second = self.request(names=["lic.example.net", "2001:db8::1"], organization="Example GmbH")
        self.assertFalse(second["newKey"], "the key of the first request")
        self.assertEqual(P.public_bytes(csr.public_key()), P.public_bytes(other.public_key()))
        self.assertEqual("lic.example.net", other.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        self.assertEqual("Example GmbH", other.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)
        fresh, third = self.request(newKey=True)
        self.assertTrue(third["newKey"])
        self.assertNotEqual(P.public_bytes(csr.public_key()), P.public_bytes(fresh.public_key()))
        large, fourth = self.request(key="rsa-2048")
        self.assertEqual((2048, True, "RSA 2048"), (large.public_key().key_size, fourth["newKey"], fourth["key"]))
        self.assertEqual("RSA 2048", self.sat.rest_ok("GET", "/certificates")["tls"]["requestedKey"])

    def test_bad_requests(self):
        for body in ({"names": "localhost"}, {"names": [5]}, {"names": ["a b"]}, {"names": [""]}, {"names": ["x%d" % i for i in range(65)]},
                     {"key": "rsa-1024"}, {"newKey": "yes"}, {"organization": ""}, {"names": ["a" * 254]}):
            with self.subTest(body=str(body)[:60]):
                self.assertEqual(400, self.sat.rest("POST", TLS + "/csr", body).status)

    # installing

    def test_install(self):
        own = self.shown()
        product = self.registered()
        csr, _ = self.request(newKey=True)
        leaf = self.ca.server(csr.public_key())
        checked = self.installed(leaf, self.ca.issuing, check=True)
        self.assertFalse(checked["installed"])
        self.assertEqual(["Test Issuing CA", "Test Root"], [c["issuer"] for c in checked["certificates"]])
        self.assertEqual(own, self.shown(), "a check changes nothing")
        answer = self.installed(leaf, self.ca.issuing)
        self.assertTrue(answer["installed"])
        self.assertEqual([], answer["warnings"])
        for url in (self.sat.product_url, "https://" + self.sat.listen["administration"]):
            self.assertEqual(leaf, self.shown(url))
        self.ok(product.authorize({ENHANCED: 1}), "over the connection that it had")
        self.served_by_house_ca(product)
        listing = self.sat.rest_ok("GET", "/certificates")
        self.assertEqual({"source": "INSTALLED", "requestedKey": None}, listing["tls"])
        self.assertEqual("tls-installed", listing["certificates"][0]["purpose"])
        # A second one under way; then a restart in the middle of it.
        self.sat.end("satellite", signal.SIGKILL)
        self.sat.begin("satellite")
        self.sat.wait_for("satellite")
        self.assertEqual(leaf, self.shown(), "kept")
        self.served_by_house_ca(product)
        # Its successor, for the same key, without a request.
        successor = self.ca.server(csr.public_key(), days=100)
        self.installed(successor, self.ca.issuing, self.ca.root)
        self.assertEqual(successor, self.shown())
        self.assertTrue(self.sat.rest_ok("POST", TLS + "/remove")["removed"])
        self.assertEqual(own, self.shown())
        self.ok(product.authorize({ENHANCED: 2}))
        self.assertFalse(self.sat.rest_ok("POST", TLS + "/remove")["removed"])
        self.events(own)

    def served_by_house_ca(self, product):
        """The same product, which now trusts the house's CA."""
        product.client.close()
        before, product.client.ca_file = product.client.ca_file, self.ca_path
        self.ok(product.authorize({ENHANCED: 3}), "with the trust of the house's CA")
        product.client.close()
        product.client.ca_file = before

    def events(self, _own):
        rows = self.sat.rest_ok("GET", "/events?limit=100")["events"]
        kinds = [r["kind"] for r in rows]
        for kind in ("certificate.request", "certificate.install", "certificate.remove"):
            self.assertIn(kind, kinds)
        last = next(r for r in rows if r["kind"] == "certificate.install")
        self.assertEqual("Test Issuing CA", last["detail"]["after"]["issuer"])
        self.assertIsNotNone(last["detail"]["before"])
        self.assertNotIn("PRIVATE", str(rows))

    def test_key_from_elsewhere(self):
        key = rsa.generate_private_key(65537, 2048)
        leaf = self.ca.server(key.public_key())
        self.not_taken(self.install(leaf, self.ca.issuing), "does not have")
        text = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
        self.installed(leaf, self.ca.issuing, privateKey=text)
        self.assertEqual(leaf, self.shown())
        for path in (self.sat.satellite_database, self.sat.satellite_database + "-wal"):
            self.assertNotIn(b"PRIVATE KEY", self.sat.read(path))
        locked = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8,
                                   serialization.BestAvailableEncryption(b"secret")).decode()
        self.assertEqual(400, self.install(leaf, self.ca.issuing, privateKey=locked).status)
        self.not_taken(self.install(leaf, self.ca.issuing, privateKey=P.private_pem(P.new_key()).decode()),
                       "another certificate")

    def test_refused(self):
        csr, _ = self.request()
        public, ca = csr.public_key(), self.ca
        good = ca.server(public)
        small = rsa.generate_private_key(65537, 1024)
        before = self.shown()
        for what, chain, words, *error in (
                ("the wrong order", (ca.issuing, good), "CA"),
                ("a gap", (good, ca.root), "did not issue"),
                ("past", (ca.server(public, start=-10, days=-1), ca.issuing), "ended on"),
                ("future", (ca.server(public, start=2), ca.issuing), "begins on"),
                ("another name", (ca.server(public, ["other.example.net"]), ca.issuing),
                 ("other.example.net", "localhost", "server_name")),
                ("a name less", (ca.server(public, ["localhost"]), ca.issuing), "127.0.0.1"),
                ("no server", (ca.server(public, usage=ExtendedKeyUsageOID.CLIENT_AUTH), ca.issuing), "serverAuth"),
                ("another key", (ca.server(P.new_key().public_key()), ca.issuing), "does not have"),
                ("a short key", (ca.server(small.public_key()), ca.issuing), "2048", "KEY_UNSUITABLE"),
                ("another curve", (ca.server(ec.generate_private_key(ec.SECP521R1()).public_key()), ca.issuing), "P-256",
                 "KEY_UNSUITABLE")):
            with self.subTest(what):
                for check in (True, False):
                    self.not_taken(self.install(*chain, check=check), words, *error)
        for text in ("", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no certificate", ca.chain(*[good] * 9)):
            self.assertEqual(400, self.sat.rest("POST", TLS + "/install", {"chain": text}).status)
        self.assertEqual(before, self.shown())
        answer = self.installed(ca.server(public, ["localhost"]), ca.issuing, force=True)
        self.assertIn("127.0.0.1", " ".join(answer["warnings"]))

    def test_files_win(self):
        key = P.new_key()
        leaf = self.ca.server(key.public_key())
        paths = [os.path.join(self.sat.state, n) for n in ("file.pem", "file.key")]
        for path, text in zip(paths, (self.ca.chain(leaf, self.ca.issuing).encode(), P.private_pem(key))):
            with open(path, "wb") as f:
                f.write(text)
        conf = os.path.join(self.sat.state, "satellite.conf")
        plain = self.sat.read(conf)
        csr, _ = self.request()
        second = self.ca.server(csr.public_key())
        self.installed(second, self.ca.issuing)
        try:
            self.reload(conf, plain + b"tls_certificate = %s\ntls_key = %s\n" % tuple(p.encode() for p in paths), leaf)
            self.assertEqual("CONFIGURED", self.sat.rest_ok("GET", "/certificates")["tls"]["source"])
            for reply in (self.install(second, self.ca.issuing), self.sat.rest("POST", TLS + "/csr")):
                self.assertEqual(409, reply.status, reply)
                self.assertIn("tls_certificate", reply.json()["statusMessage"])
        finally:
            self.reload(conf, plain, second)

    def reload(self, conf, text, leaf):
        with open(conf, "wb") as f:
            f.write(text)
        self.sat.running["satellite"].send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while self.shown() != leaf and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(leaf, self.shown())

    def test_chain(self):
        """For browsers: all of it in PEM, or what is to be trusted in DER."""
        client = self.sat.client("https://" + self.sat.listen["administration"])
        self.addCleanup(client.close)
        reply = client.request("GET", "/api/v1/certificates/chain?format=der")
        self.assertEqual("application/pkix-cert", reply.headers["Content-Type"])
        root = x509.load_der_x509_certificate(reply.body)
        self.assertEqual(root.subject, root.issuer)
        pem = client.request("GET", "/api/v1/certificates/chain").body.decode()
        self.assertEqual([root], P.load_certificates(pem)[-1:])
        self.assertEqual(400, client.request("GET", "/api/v1/certificates/chain?format=p12").status)

    # satellitectl

    def test_ctl(self):
        at = self.sat.state
        csr_file, chain_file = os.path.join(at, "a.csr"), os.path.join(at, "a.pem")
        said = self.done(self.sat.ctl("certificate", "request", "localhost", "127.0.0.1", "--organization", "Example",
                                      "--out", csr_file, json_output=False))
        self.assertIn("certificate install", said)
        csr = x509.load_pem_x509_csr(self.sat.read(csr_file))
        with open(chain_file, "w", encoding="ascii") as f:
            f.write(self.ca.chain(self.ca.server(csr.public_key()), self.ca.issuing))
        self.assertIn("can be installed", self.done(self.sat.ctl("certificate", "install", chain_file, "--check",
                                                                 json_output=False)))
        self.assertTrue(self.done(self.sat.ctl("certificate", "install", chain_file))["installed"])
        self.assertIn("Test Issuing CA", self.done(self.sat.ctl("certificate", "show", json_output=False)))
        self.assertIn("removed", self.done(self.sat.ctl("certificate", "remove", json_output=False)))
        self.refused(self.sat.ctl("certificate", "install", os.path.join(at, "satellite.conf")), "CERTIFICATE_INVALID")
        self.refused(self.sat.ctl("certificate", "install", os.path.join(at, "nothing.pem")), "FILE_ERROR")
