"""REGISTRATION: keys, the issued certificate, tokens, and registering a UDI that is registered already."""

import datetime
import os
import subprocess
import tempfile
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import product as P
from case import CUWL, Case


class Certificates(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.sat.new_token(uses=50)

    def openssl_verify(self, product):
        with tempfile.TemporaryDirectory() as folder:
            id_file, chain_file = os.path.join(folder, "id.pem"), os.path.join(folder, "chain.pem")
            with open(id_file, "w", encoding="ascii") as f:
                f.write(P.pem(product.certificate))
            with open(chain_file, "w", encoding="ascii") as f:
                f.write("".join(P.pem(c) for c in product.chain))
            for purpose, good in (("sslclient", True), ("sslserver", False), ("smimesign", False)):
                done = subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile",
                                       self.sat.root_file, "-untrusted", chain_file, id_file],
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                self.assertEqual(good, done.returncode == 0, "openssl verify -purpose %s: %s" % (
                    purpose, done.stdout.decode()))

    def check_kind(self, kind):
        product = self.product(key=P.new_key(kind))
        answer = self.ok(product.register(self.token), kind)
        self.openssl_verify(product)
        self.assertIs(product.certificate.public_key().__class__, product.key.public_key().__class__)
        self.ok(product.authorize({CUWL: 0}), "%s: using the new certificate" % kind)
        renewed = self.ok(product.renew(), "%s: renewal with the same key" % kind)
        self.assertEqual(product.identifier, answer.data["product_instance_identifier"])
        self.assertEqual(product.identifier, renewed.data["product_instance_identifier"])
        self.openssl_verify(product)
        self.assertEqual({}, self.ok(product.deregister(), kind).data)
        self.failed(product.authorize({CUWL: 0}), "CERTIFICATE_REVOKED", "%s: after deregistration" % kind)

    def test_rsa_2048(self):
        self.check_kind("RSA-2048")

    def test_rsa_3072(self):
        self.check_kind("RSA-3072")

    def test_rsa_4096(self):
        self.check_kind("RSA-4096")

    def test_p256(self):
        self.check_kind("P-256")

    def test_p384(self):
        self.check_kind("P-384")

    def test_key_kind_may_change_at_renewal(self):
        product = self.registered(self.token, kind="RSA-2048")
        self.ok(product.renew(new_key=P.new_key("P-384")))
        self.ok(product.authorize({CUWL: 0}))

    def test_profile(self):
        asked_at = P.now_ms()
        product = self.product()
        answer = self.ok(product.register(self.token))
        cert, data = product.certificate, answer.data
        self.assertRegex(data["product_instance_identifier"],
                         r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
        self.assertEqual("UCM", cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        self.assertEqual(product.identifier, cert.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value)
        self.assertEqual(2, len(list(cert.subject)), "the subject has CN and serialNumber only: %s" % cert.subject)
        self.assertTrue(0 < cert.serial_number < 1 << 159, "serial number")
        self.assertGreater(cert.serial_number.bit_length(), 96, "128-bit random serial")
        self.assertIsInstance(cert.signature_hash_algorithm, hashes.SHA256)
        self.assertEqual(x509.Version.v3, cert.version)
        # times
        self.assertAlmostEqual(asked_at, data["registered_at"], delta=30000, msg="registered_at")
        self.assertEqual(180 * P.DAY_MS, data["renew_at"] - data["registered_at"], "renew_at")
        self.assertAlmostEqual(365 * P.DAY_MS, data["expires_at"] - data["registered_at"], delta=1000, msg="expires_at")
        self.assertAlmostEqual(P.to_ms(cert.not_valid_after), data["expires_at"], delta=1000, msg="notAfter")
        self.assertAlmostEqual(data["registered_at"] - 65 * 60000, P.to_ms(cert.not_valid_before), delta=60000,
                               msg="notBefore is 65 minutes back")
        self.assertLessEqual(cert.not_valid_after, product.issuer.not_valid_after, "outlives its issuer")
        self.assertGreaterEqual(product.issuer.not_valid_after - product.issuer.not_valid_before,
                                datetime.timedelta(days=5 * 365 - 3), "the sub-CA lives five years")
        # names
        self.assertEqual("Demo Account", data["smart_account"])
        self.assertEqual("Default", data["virtual_account"])
        self.assertEqual("NOT_ALLOWED", data["export_controlled"])
        # extensions
        constraints = P.extension(cert, x509.BasicConstraints)
        self.assertTrue(constraints.critical)
        self.assertFalse(constraints.value.ca)
        usage = P.extension(cert, x509.KeyUsage)
        self.assertTrue(usage.critical)
        self.assertTrue(usage.value.digital_signature)
        self.assertFalse(usage.value.key_cert_sign or usage.value.crl_sign)
        self.assertEqual([ExtendedKeyUsageOID.CLIENT_AUTH], list(P.extension(cert, x509.ExtendedKeyUsage).value))
        self.assertIsNotNone(P.extension(cert, x509.SubjectKeyIdentifier))
        authority = P.extension(cert, x509.AuthorityKeyIdentifier).value.key_identifier
        self.assertEqual(P.extension(product.issuer, x509.SubjectKeyIdentifier).value.digest, authority)
        # the authorities
        self.assertEqual(1, len(product.chain), "ca_chain is the sub-CA alone: issuer first, without the root")
        for ca in (product.issuer, self.sat.root):
            self.assertTrue(P.extension(ca, x509.BasicConstraints).critical)
            ca_usage = P.extension(ca, x509.KeyUsage)
            self.assertTrue(ca_usage.critical and ca_usage.value.key_cert_sign and ca_usage.value.crl_sign)
        # the header
        self.assertEqual("1.3", answer.header["version"])
        self.assertEqual("SSM", answer.header["connect_info"]["name"])
        self.assertIsInstance(answer.header["connect_info"]["capabilities"], list)
        self.assertAlmostEqual(P.now_ms(), answer.header["timestamp"], delta=60000)
        self.assertEqual("", answer.message)

    def test_nothing_is_copied_from_the_csr(self):
        key = P.new_key()
        name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
                          x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Evil"),
                          x509.NameAttribute(NameOID.COMMON_NAME, "satellite signer"),
                          x509.NameAttribute(NameOID.SERIAL_NUMBER, "00000000-0000-4000-8000-000000000000")])
        csr = P.make_csr(key, name, [
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (x509.SubjectAlternativeName([x509.DNSName("evil.example")]), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.KeyUsage(True, True, True, True, True, True, True, True, True), True)])
        product = self.product(key=key)
        self.ok(product.register(self.token, csr=csr))
        cert = product.certificate
        self.assertEqual({NameOID.COMMON_NAME: "UCM", NameOID.SERIAL_NUMBER: product.identifier},
                         {a.oid: a.value for a in cert.subject})
        self.assertFalse(P.extension(cert, x509.BasicConstraints).value.ca)
        self.assertEqual([ExtendedKeyUsageOID.CLIENT_AUTH], list(P.extension(cert, x509.ExtendedKeyUsage).value))
        self.assertFalse(P.extension(cert, x509.KeyUsage).value.key_cert_sign)
        self.assertIsNone(P.extension(cert, x509.SubjectAlternativeName))
        self.assertNotIn(b"evil", cert.tbs_certificate_bytes.lower())

    def test_serials_differ(self):
        serials = {self.registered(self.token).certificate_serial for _ in range(4)}
        self.assertEqual(4, len(serials))

    def test_identifiers_of_the_header_are_ignored(self):
        product = self.product()
        answer = product.register(self.token, edit_header={
            "product_instance_identifier": "11111111-2222-4333-8444-555555555555", "id_cert_serial_number": "12345"})
        self.ok(answer)
        self.assertNotEqual("11111111-2222-4333-8444-555555555555", product.identifier)

    def test_no_hostname_and_address(self):
        product = self.product()
        self.ok(product.register(self.token, edit_data={"hostname": None, "ip_address": None}))
        row = self.device(product)
        self.assertNotIn("192.0.2.17", str(row))

    def test_sme(self):
        product = self.product(pid="UCM_SME", software_tag=P.SME_SOFTWARE_TAG)
        self.ok(product.register(self.token))
        self.assertEqual("UCM_SME", product.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    def test_device_is_listed(self):
        product = self.product()
        self.ok(product.register(self.token))
        row = self.device(product)
        self.assertIsNotNone(row, "the product is not in the device list")
        self.assertEqual("Default", row["virtualAccount"])
        self.assertEqual(product.hostname, row["hostName"])
        self.assertEqual(product.uuid, row["sudi"]["uuid"].replace("-", "").lower())
        for member in ("instanceName", "displayName", "productTagName", "productName", "productType", "status",
                       "registrationDate", "lastContactDate", "licenseUsage"):
            self.assertIn(member, row)

    def test_unknown_members_are_ignored(self):
        product = self.product()
        more = {"zz": {"deep": [1, None, {"x": "ä"}]}}
        self.ok(product.send(product.registration(self.token, edit_data=dict(more), edit_header=dict(more),
                                                  edit_inner=dict(more), edit_envelope=dict(more))))


class CertificateRequests(Case):
    """Every unusable CSR is INVALID_CSR, takes no use and registers nothing."""

    def test_unusable(self):
        token = self.sat.new_token(uses=5)
        key = P.new_key()
        good = P.make_csr(key)
        weak, odd = rsa.generate_private_key(65537, 1024), rsa.generate_private_key(3, 2048)
        changed = bytearray(good.encode())
        place = len(changed) // 2
        changed[place] = ord("A") if changed[place] != ord("A") else ord("B")
        ed = ed25519.Ed25519PrivateKey.generate()
        table = [
            ("RSA 1024", P.make_csr(weak), weak), ("RSA exponent 3", P.make_csr(odd), odd),
            ("P-521", P.make_csr(ec.generate_private_key(ec.SECP521R1())), key),
            ("secp256k1", P.make_csr(ec.generate_private_key(ec.SECP256K1())), key),
            ("P-224", P.make_csr(ec.generate_private_key(ec.SECP224R1())), key),
            ("Ed25519", P.make_csr(ed, algorithm=None), key),
            ("a changed byte", changed.decode(), key), ("text", "no certificate request", key), ("empty", " ", key),
            ("a certificate", P.pem(self.sat.root), key),
            ("armour only", "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n", key),
            ("cut", good[:len(good) // 2], key),
            ("a private key", P.private_pem(key).decode(), key)]
        with self.unchanged("unusable CSR"):
            for what, csr, signing in table:
                with self.subTest(what):
                    product = self.product(key=signing)
                    codes = ("INVALID_CSR", "INVALID_REQUEST") if what == "empty" else "INVALID_CSR"
                    self.failed(product.send(product.registration(token, csr=csr)), codes, what)

    def test_csr_precedes_the_signature(self):
        product = self.product()
        message = product.registration(self.sat.new_token(), csr="nothing", key=P.new_key())
        self.failed(product.send(message), "INVALID_CSR")

    def test_signed_by_another_key_than_the_csr(self):
        token = self.sat.new_token()
        with self.unchanged():
            product = self.product()
            answer = product.send(product.registration(token, csr=P.make_csr(product.key), key=P.new_key()))
            self.failed(answer, "INVALID_SIGNATURE")

    def test_unusable_at_renewal(self):
        product = self.registered()
        before = product.certificate_serial
        self.failed(product.renew(csr="nothing", adopt=False), ("INVALID_CSR", "INVALID_REQUEST"))
        weak = rsa.generate_private_key(65537, 1024)
        self.failed(product.renew(csr=P.make_csr(weak), adopt=False), "INVALID_CSR")
        self.ok(product.authorize({CUWL: 0}))
        self.assertEqual(before, product.certificate_serial)


class Tokens(Case):
    def test_unknown(self):
        product = self.product()
        with self.unchanged():
            answer = self.failed(product.register("no-such-token"), "INVALID_TOKEN")
        self.assertEqual("The token 'no-such-token' is not valid", answer.message.rstrip("."))

    def test_unknown_is_no_record(self):
        """A refused REGISTRATION leaves no nonce: the same bytes are judged again."""
        product = self.product()
        message = product.registration("no-such-token")
        self.failed(product.send(message), "INVALID_TOKEN")
        self.failed(product.send(message), "INVALID_TOKEN")

    def test_changed_character(self):
        token = self.sat.new_token()
        for text in (token + "x", token[:-1], token + "\n", token * 2):
            with self.subTest(text=text):
                answer = self.product().register(text)
                if text == token + "\n" and answer.status == "OK":
                    continue                                        # white space around a pasted token may be cut
                self.failed(answer, "INVALID_TOKEN")

    def test_uses_are_counted_and_exhausted(self):
        token = self.sat.new_token(uses=2)
        row = self.sat.token_row(token)
        self.assertEqual((2, 2), (int(row["numberOfUses"]), int(row["usesRemaining"])), row)
        self.registered(token)
        self.assertEqual(1, self.sat.uses_left(token))
        self.registered(token)
        self.assertEqual(0, self.sat.uses_left(token))
        product = self.product()
        with self.unchanged():
            self.failed(product.register(token), "TOKEN_EXHAUSTED")

    def test_revoked(self):
        token = self.sat.new_token()
        held = self.registered(token)
        answer = self.sat.rest_ok("POST", self.sat.path("Default") + "/tokens/revoke", {"tokens": [token]})
        self.assertEqual(1, len(answer["tokens"]), answer)
        with self.unchanged():
            self.failed(self.product().register(token), "TOKEN_REVOKED")
        self.ok(held.authorize({CUWL: 0}), "registered products are not affected by the revocation")

    def test_decides_the_virtual_account(self):
        product = self.product()
        answer = self.ok(product.register(self.sat.new_token("Branch")))
        self.assertEqual("Branch", answer.data["virtual_account"])
        self.assertEqual("Branch", self.device(product)["virtualAccount"])
        self.assertIsNone(self.device(product, "Default"))


class RegisteredAlready(Case):
    """Each variant of §4, "REGISTRATION of a UDI that is registered already"."""

    def test_same_key_same_token(self):
        token = self.sat.new_token(uses=3)
        product = self.registered(token)
        serial, identifier = product.certificate_serial, product.identifier
        with self.uses(token, 0):
            self.ok(product.register(token))
        self.assertEqual((serial, identifier), (product.certificate_serial, product.identifier))

    def test_same_key_same_exhausted_token(self):
        token = self.sat.new_token(uses=1)
        product = self.registered(token)
        self.assertEqual(0, self.sat.uses_left(token))
        serial = product.certificate_serial
        self.ok(product.register(token))
        self.assertEqual(serial, product.certificate_serial)
        self.failed(product.twin().register(token), "TOKEN_EXHAUSTED", "another key, token exhausted")

    def test_same_key_same_revoked_token(self):
        token = self.sat.new_token()
        product = self.registered(token)
        self.sat.rest_ok("POST", self.sat.path("Default") + "/tokens/revoke", {"tokens": [token]})
        self.failed(product.register(token), "TOKEN_REVOKED")
        self.ok(product.authorize({CUWL: 0}))

    def test_refused_variants(self):
        branch = self.fresh()
        token, other, elsewhere = (self.sat.new_token(uses=5), self.sat.new_token(uses=5),
                                   self.sat.new_token(branch, uses=5))
        product = self.registered(token)
        self.ok(product.authorize({CUWL: 1}))
        same, stranger = product.twin(product.key), product.twin()
        spelled = product.twin()
        spelled.uuid = "-".join((spelled.uuid[:8], spelled.uuid[8:12], spelled.uuid[12:16], spelled.uuid[16:20],
                                 spelled.uuid[20:])).upper()
        table = [("same key, other token", same, other, False),
                 ("same key, token of another virtual account", same, elsewhere, False),
                 ("another key, same token", stranger, token, False),
                 ("another key, other token", stranger, other, False),
                 ("another key, another virtual account", stranger, elsewhere, False),
                 ("another key, another virtual account, force", stranger, elsewhere, True),
                 ("uuid written otherwise", spelled, token, False)]
        with self.unchanged("refused variants"):
            for what, twin, with_token, force in table:
                with self.subTest(what):
                    self.failed(twin.register(with_token, force=force), "ALREADY_REGISTERED", what)
        self.ok(product.authorize({CUWL: 1}), "the registered product works on")

    def test_force_moves_to_another_virtual_account(self):
        source, target = self.fresh({"CUWL": 3}), self.fresh({"CUWL": 3})
        first, second = self.sat.new_token(source), self.sat.new_token(target)
        product = self.registered(first)
        self.ok(product.authorize({CUWL: 2}))
        self.assertEqual((3, 2), self.counts(source, "CUWL")[:2])
        identifier, old = product.identifier, product.certificate
        with self.uses(second, 1):
            answer = self.ok(product.register(second, force=True))
        self.assertEqual(target, answer.data["virtual_account"])
        self.assertEqual(identifier, product.identifier, "the identifier stays")
        self.assertNotEqual(old.serial_number, product.certificate.serial_number, "a new certificate")
        self.assertEqual((3, 0), self.counts(source, "CUWL")[:2], "the count left the old virtual account")
        self.assertEqual((3, 2), self.counts(target, "CUWL")[:2], "the count went along")
        self.failed(product.authorize({CUWL: 2}, certificate=old), "CERTIFICATE_REVOKED", "the old certificate")
        self.ok(product.authorize({CUWL: 2}))
        self.assertEqual(target, self.device(product)["virtualAccount"])

    def test_force_same_key_other_token_same_virtual_account(self):
        token, other = self.sat.new_token(), self.sat.new_token()
        product = self.registered(token)
        identifier = product.identifier
        self.ok(product.register(other, force=True))
        self.assertEqual(identifier, product.identifier)
        self.ok(product.authorize({CUWL: 0}))

    def test_force_takes_over_with_another_key(self):
        place = self.fresh({"CUWL": 3})
        token, other = self.sat.new_token(place, uses=5), self.sat.new_token(place, uses=5)
        product = self.registered(token)
        self.ok(product.authorize({CUWL: 1}))
        rebuilt = product.twin()
        with self.uses(other, 1):
            answer = self.ok(rebuilt.register(other, force=True))
        self.assertEqual(place, answer.data["virtual_account"])
        self.failed(product.authorize({CUWL: 1}), "CERTIFICATE_REVOKED", "the machine that was replaced")
        self.ok(rebuilt.authorize({CUWL: 2}))
        self.assertIsNotNone(self.device(rebuilt), "one row for the UDI")
        self.assertEqual(2, self.counts(place, "CUWL")[1])

    def test_force_on_a_new_udi_is_a_plain_registration(self):
        token = self.sat.new_token()
        with self.uses(token, 1):
            self.ok(self.product().register(token, force=True))

    def test_after_deregistration(self):
        token = self.sat.new_token(uses=5)
        product = self.registered(token)
        self.ok(product.deregister())
        self.assertIsNone(self.device(product), "a deregistered product is still listed")
        again = product.twin()
        with self.uses(token, 1):
            self.ok(again.register(token), "another key after deregistration")
        self.ok(again.authorize({CUWL: 0}))
        self.ok(again.deregister())
        same = product.twin(product.key)
        self.ok(same.register(token), "the first key again")
        self.ok(same.authorize({CUWL: 0}))

    def test_another_identity_is_another_product(self):
        token = self.sat.new_token(uses=9)
        product = self.registered(token)
        for change in ({"serial": product.serial + "x"}, {"pid": "UCM_SME"}, {"uuid": "f" * 32}):
            other = product.twin()
            for name, value in change.items():
                setattr(other, name, value)
            if "pid" in change:
                other.software_tag = P.SME_SOFTWARE_TAG
            with self.subTest(change=change):
                self.ok(other.register(token))
                self.assertNotEqual(product.identifier, other.identifier)


if __name__ == "__main__":
    unittest.main()
