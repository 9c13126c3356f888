"""The same journey on every road: register, report, renew, move, take over, deregister."""

import contextlib
import unittest

import carriage
import product as P
from case import CUWL, Case
from test_manager import ManagerEndpoint


def journey(case, make, token, other_token, move=True):
    """make(**options) gives a product on the road in question; the tokens are of two virtual accounts."""
    one = make()
    case.ok(one.register(token), "register")
    answer = one.authorize({CUWL: 2})
    case.ok(answer, "report")
    case.assertEqual("AUTHORIZED", answer.data["authorization_status"])
    message = one.last_message
    case.assertEqual(answer.envelope["response"], one.send(message).envelope["response"], "a retry is the same answer")
    case.ok(one.renew(), "renew")
    case.ok(one.authorize({CUWL: 3}), "report under the new certificate")
    identifier = one.identifier
    if move:
        case.ok(one.register(other_token, force=True), "move")
        case.assertEqual(identifier, one.identifier)
    rebuilt = make(serial=one.serial, uuid=one.uuid)
    case.failed(rebuilt.register(token if not move else other_token), "ALREADY_REGISTERED", "another key, no force")
    case.ok(rebuilt.register(other_token if move else token, force=True), "take over")
    case.failed(one.authorize({CUWL: 1}), "CERTIFICATE_REVOKED", "the old machine")
    case.ok(rebuilt.deregister(), "deregister")
    case.failed(rebuilt.authorize({CUWL: 1}), "CERTIFICATE_REVOKED", "after it")


class Doors(Case):
    def make(self, kind, key, **options):
        made = kind(self.sat, key=P.new_key(key), **options)
        self.addCleanup(made.client.close)
        return made

    def test_every_road(self):
        for road, kind in carriage.ROADS.items():
            for key in ("P-256", "RSA-2048"):
                with self.subTest(road=road, key=key):
                    journey(self, lambda **o: self.make(kind, key, **o), self.sat.new_token("Default"),
                            self.sat.new_token("Branch"))

    def test_directly_at_the_manager(self):
        endpoint = ManagerEndpoint(self.sat)
        made = self.sat.rest_ok("POST", self.sat.path("Direct") + "/tokens", {"expiresAfterDays": 30}, manager=True)
        token = made["tokenInfo"]["token"]
        for road in ("SmartTransport", "Call Home CDATA"):
            with self.subTest(road=road):
                def make(**options):
                    product = carriage.ROADS[road](endpoint, role="manager", **options)
                    self.addCleanup(product.client.close)
                    return product
                journey(self, make, token, token, move=False)


class Envelopes(Case):
    """What is not a Call Home message is 400, and nothing happens."""

    def post(self, body, content_type="text/xml", path=carriage.GATEWAY):
        with contextlib.closing(self.sat.client()) as client:
            return client.request("POST", path, body, {"Content-Type": content_type})

    def message(self):
        product = self.product()
        return product.registration(self.sat.new_token()).body

    def test_refused(self):
        body = self.message()
        good = carriage.envelope(carriage.data_text(body))
        lol = ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
               '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>')
        external = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'
        cases = {
            "nothing": b"", "no XML": b"hello", "cut": good[:-20], "JSON": body,
            "entities defined": carriage.envelope('<aml-block:Data>&c;</aml-block:Data>', before=lol),
            "external subset": carriage.envelope(carriage.data_text(body), before=external),
            "external entity": carriage.envelope('<aml-block:Data>&e;</aml-block:Data>',
                                                 before='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
            "undefined entity": carriage.envelope('<aml-block:Data>&nbsp;</aml-block:Data>'),
            "another attachment": carriage.envelope(carriage.data_text(body), name="smart_licensing"),
            "no data": carriage.envelope(""),
            "unknown encoding": carriage.envelope('<aml-block:Data encoding="gzip">%s</aml-block:Data>'),
            "bad base64": carriage.envelope('<aml-block:Data encoding="base64">%%%</aml-block:Data>'),
            "other root": b"<a/>",
            "SOAP 1.1": good.replace(carriage.SOAP.encode(), b"http://schemas.xmlsoap.org/soap/envelope/"),
            "not UTF-8": good.replace(b"M1:42", b"\xff\xfe"),
            "two roots": good + b"<a/>",
            "deep": b"<a>" * 5000,
            "data without JSON": carriage.envelope("<aml-block:Data>hello</aml-block:Data>"),
        }
        with self.unchanged():
            for name, content in cases.items():
                with self.subTest(case=name):
                    reply = self.post(content)
                    self.assertEqual(400, reply.status, reply)
                    self.assertIn(b"statusMessage", reply.body)

    def test_prefixes(self):
        good = carriage.envelope(carriage.data_cdata(self.message()))
        with self.unchanged():
            for n in range(1, len(good) - 1, 97):
                self.assertEqual(400, self.post(good[:n]).status, n)

    def test_carriage(self):
        good = carriage.envelope(carriage.data_text(self.message()))
        self.assertEqual(415, self.post(good, "application/json").status)
        self.assertEqual(415, self.post(self.message(), "text/xml", "/SmartTransport").status)
        self.assertEqual(413, self.post(b" " * (3 << 20)).status)
        with contextlib.closing(self.sat.client()) as client:
            reply = client.request("GET", carriage.GATEWAY)
            self.assertEqual((405, "POST"), (reply.status, reply.headers["Allow"]))

    def test_hello(self):
        product = carriage.ROADS["Call Home text"](self.sat)
        self.addCleanup(product.client.close)
        self.assertEqual("satellite", product.hello().data["role"])


if __name__ == "__main__":
    unittest.main()
