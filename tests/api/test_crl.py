"""/crl/satellite.crl: DER, signed by the sub-CA, holds superseded, deregistered and removed certificates."""

import os
import subprocess
import tempfile
import time
import unittest

from cryptography import x509

import product as P
from case import CUWL, Case


class Crl(Case):
    def fetch(self):
        reply = self.sat.client().request("GET", "/crl/satellite.crl")
        self.assertEqual(200, reply.status, reply)
        return reply

    def wait_for(self, serials, seconds=5):
        """The list may be made anew a moment after the change."""
        deadline = time.monotonic() + seconds
        while True:
            crl = x509.load_der_x509_crl(self.fetch().body)
            missing = [s for s in serials if crl.get_revoked_certificate_by_serial_number(s) is None]
            if not missing or time.monotonic() > deadline:
                self.assertEqual([], missing, "not in the list (%d entries)" % len(crl))
                return crl
            time.sleep(0.2)

    def test_content(self):
        good, gone, renewed = self.registered(), self.registered(), self.registered()
        first = renewed.certificate
        self.ok(gone.deregister())
        self.ok(renewed.renew())
        crl = x509.load_der_x509_crl(self.fetch().body)
        self.assertIsNone(crl.get_revoked_certificate_by_serial_number(first.serial_number),
                          "the predecessor is good until the successor is used")
        self.ok(renewed.authorize({CUWL: 0}))
        crl = self.wait_for([gone.certificate.serial_number, first.serial_number])
        for product in (good, renewed):
            self.assertIsNone(crl.get_revoked_certificate_by_serial_number(product.certificate.serial_number))
        self.assertTrue(crl.is_signature_valid(good.issuer.public_key()), "signed by the sub-CA")
        self.assertEqual(good.issuer.subject, crl.issuer)
        self.assertGreater(crl.next_update, crl.last_update)

    def test_openssl(self):
        good, gone = self.registered(), self.registered()
        self.ok(gone.deregister())
        self.wait_for([gone.certificate.serial_number])
        reply = self.fetch()
        self.assertIn(reply.headers.get("Content-Type"), ("application/pkix-crl", "application/octet-stream"))
        with tempfile.TemporaryDirectory() as folder:
            der, chain = os.path.join(folder, "crl.der"), os.path.join(folder, "chain.pem")
            pem = os.path.join(folder, "crl.pem")
            with open(der, "wb") as f:
                f.write(reply.body)
            with open(chain, "w", encoding="ascii") as f:
                f.write(P.pem(good.issuer) + P.pem(self.sat.root))
            done = subprocess.run(["openssl", "crl", "-inform", "DER", "-in", der, "-CAfile", chain, "-out", pem],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(0, done.returncode, done.stdout)
            self.assertIn(b"verify OK", done.stdout)
            text = subprocess.run(["openssl", "crl", "-in", pem, "-noout", "-text"], stdout=subprocess.PIPE,
                                  check=True).stdout.decode()
            self.assertIn("%032X" % gone.certificate.serial_number, text.replace(":", ""))
            for product, expected in ((good, True), (gone, False)):
                leaf = os.path.join(folder, "leaf.pem")
                with open(leaf, "w", encoding="ascii") as f:
                    f.write(P.pem(product.certificate))
                done = subprocess.run(["openssl", "verify", "-x509_strict", "-crl_check", "-CRLfile", pem, "-CAfile",
                                       self.sat.root_file, "-untrusted", chain, leaf],
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                self.assertEqual(expected, done.returncode == 0, done.stdout.decode())

    def test_also_on_the_administration_door(self):
        reply = self.sat.client(self.sat.admin_url).request("GET", "/crl/satellite.crl")
        self.assertEqual(200, reply.status, reply)
        x509.load_der_x509_crl(reply.body)


if __name__ == "__main__":
    unittest.main()
