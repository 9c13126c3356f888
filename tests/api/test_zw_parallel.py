"""Many at once: no token is used beyond its count, nobody registers twice, pools stay right."""

import collections
import unittest

import product as P
from case import CUWL, Case
from parallel import registrations, send_all


class Parallel(Case):
    def outcomes(self, threads):
        for thread in threads:
            if thread.error is not None or thread.answer is None:
                self.fail("unanswered: %r" % (thread.error,))
        return collections.Counter(t.answer.code or t.answer.status for t in threads)

    def test_200_registrations_50_uses(self):
        place = self.fresh()
        token = self.sat.new_token(place, uses=50)
        threads = send_all(registrations(self.sat, token, 200))
        self.assertEqual({"OK": 50, "TOKEN_EXHAUSTED": 150}, dict(self.outcomes(threads)))
        self.assertEqual(0, self.sat.uses_left(token))
        self.assertEqual(50, len(self.sat.devices(place)))
        identifiers = {t.answer.data["product_instance_identifier"] for t in threads if t.answer.status == "OK"}
        self.assertEqual(50, len(identifiers), "identifiers are unique")

    def test_one_message_30_times(self):
        token = self.sat.new_token(uses=30)
        product = self.product()
        message = product.registration(token)
        pairs = []
        for _ in range(30):
            twin = product.twin(product.key)
            pairs.append((twin, message))
        threads = send_all(pairs)
        self.assertEqual({"OK": 30}, dict(self.outcomes(threads)))
        self.assertEqual(1, len({t.answer.response for t in threads}), "byte-identical")
        self.assertEqual(29, self.sat.uses_left(token), "one use")

    def test_one_udi_30_keys(self):
        token = self.sat.new_token(uses=30)
        product = self.product()
        twins = [product.twin() for _ in range(30)]
        threads = send_all([(twin, twin.registration(token)) for twin in twins])
        self.assertEqual({"OK": 1, "ALREADY_REGISTERED": 29}, dict(self.outcomes(threads)))
        self.assertEqual(29, self.sat.uses_left(token))
        self.assertIsNotNone(self.device(product))

    def test_usage_of_40_products(self):
        place = self.fresh({"CUWL": 20})
        token = self.sat.new_token(place, uses=40)
        products = [self.registered(token) for _ in range(40)]
        threads = send_all([(p, p.authorization({CUWL: 1})) for p in products])
        self.assertEqual({"OK": 40}, dict(self.outcomes(threads)))
        self.assertEqual((20, 40, "Out Of Compliance"), self.counts(place, "CUWL"))
        short = sum(t.answer.data["authorization_status"] == "OUT_OF_COMPLIANCE" for t in threads)
        self.assertEqual(20, short, "the 20 that came after the pool was empty")
        threads = send_all([(p, p.message("DEREGISTRATION")) for p in products])
        self.assertEqual({"OK": 40}, dict(self.outcomes(threads)))
        self.assertEqual((20, 0, "In Compliance"), self.counts(place, "CUWL"))

    def test_renewals_of_one_product(self):
        """Twenty renewals under one certificate at once: one successor is left."""
        product = self.registered()
        pairs = []
        for _ in range(20):
            twin = product.twin(product.key)
            twin.identifier, twin.certificate, twin.issuer = product.identifier, product.certificate, product.issuer
            pairs.append((twin, twin.message("RENEW_REGISTRATION", {"csr": None})))
        threads = send_all(pairs)
        self.assertEqual({"OK": 20}, dict(self.outcomes(threads)))
        good = 0
        for thread in threads:
            cert = P.load_certificates(thread.answer.data["id_certificate"])[0]
            answer = product.authorize({CUWL: 0}, certificate=cert)
            if answer.status == "OK":
                good += 1
            else:
                self.failed(answer, "CERTIFICATE_REVOKED")
        self.assertEqual(1, good, "usable successors")


if __name__ == "__main__":
    unittest.main()
