"""A system of its own with other options: RSA authority, plain HTTP."""

import http.client
import unittest
import urllib.parse

import carriage
import product as P
import satellite
from case import CUWL, Case
from test_doors import journey
from test_manager import ManagerEndpoint


class PlainClient(P.Client):
    """Without TLS."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.connection = None

    def request(self, method, path, body=None, headers=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.address, timeout=30)
        self.connection.request(method, path, body, headers or {})
        response = self.connection.getresponse()
        return P.Reply(response.status, response.headers, response.read())

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Options(Case):
    @classmethod
    def setUpClass(cls):
        port = satellite.free_port_base(1)
        cls.plain_url = "http://127.0.0.1:%d" % port
        environment = dict(MANAGER_OPTIONS="authority_key = rsa-2048",
                           SATELLITE_OPTIONS="authority_key = rsa-2048\nhttp_listen = 127.0.0.1:%d" % port)
        cls.sat = satellite.System(environment=environment)
        cls.sat.start()

    @classmethod
    def tearDownClass(cls):
        cls.sat.stop()

    def make(self, kind, endpoint, **options):
        made = kind(endpoint, **options)
        self.addCleanup(made.client.close)
        return made

    def test_rsa_authority(self):
        for key in ("P-256", "RSA-2048"):
            for road in ("SmartTransport", "Call Home text"):
                with self.subTest(key=key, road=road):
                    journey(self, lambda **o: self.make(carriage.ROADS[road], self.sat, key=P.new_key(key), **o),
                            self.sat.new_token("Default"), self.sat.new_token("Branch"))

    def test_rsa_authority_at_the_manager(self):
        endpoint = ManagerEndpoint(self.sat)
        made = self.sat.rest_ok("POST", self.sat.path("Direct") + "/tokens", {"expiresAfterDays": 30}, manager=True)
        token = made["tokenInfo"]["token"]
        journey(self, lambda **o: self.make(P.Product, endpoint, role="manager", **o), token, token, move=False)

    def test_plain_http(self):
        """Registration carries a token: HTTPS_REQUIRED; what is signed and secret-free may pass."""
        token = self.sat.new_token("Default")
        for road in ("SmartTransport", "Call Home base64"):
            with self.subTest(road=road):
                one = self.make(carriage.ROADS[road], self.sat)
                one.client.close()
                one.client = PlainClient(self.plain_url)
                with self.unchanged():
                    self.failed(one.register(token), "HTTPS_REQUIRED")
                secure, one.client = one.client, P.Client(self.sat.product_url, self.sat.ca_file)
                self.ok(one.register(token), "over HTTPS")
                one.client.close()
                one.client = secure
                self.ok(one.authorize({CUWL: 1}), "report over plain HTTP")
                self.ok(one.renew(), "renew over plain HTTP")
                self.ok(one.deregister(), "deregister over plain HTTP")
                one.client.close()

    def test_plain_http_has_no_other_door(self):
        client = PlainClient(self.plain_url)
        self.addCleanup(client.close)
        for path in ("/api/v1/status", "/oauth/token", "/api/v1/certificates/chain"):
            self.assertEqual(404, client.request("GET", path).status, path)
        self.assertEqual(200, client.request("GET", "/healthz").status)


if __name__ == "__main__":
    unittest.main()
