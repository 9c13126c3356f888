"""Signatures, retries, replays, clocks, identities, renewals: §4 in the order of its checks."""

import base64
import re
import unittest

import product as P
from case import BASIC, CUWL, ENHANCED, Case


class Retries(Case):
    def test_registration(self):
        token = self.sat.new_token(uses=5)
        product = self.product()
        message = product.registration(token)
        first = self.ok(product.send(message))
        with self.unchanged("retry of a registration"):
            for _ in range(3):
                self.assertEqual(first.response, self.ok(product.send(message)).response, "byte-identical response")
        self.assertEqual(4, self.sat.uses_left(token), "one use")

    def test_authorization(self):
        product = self.registered()
        message = product.authorization({CUWL: 1})
        first = self.ok(product.send(message))
        with self.unchanged():
            self.assertEqual(first.response, self.ok(product.send(message)).response)

    def test_over_another_connection(self):
        product = self.registered()
        message = product.authorization({CUWL: 1})
        first = self.ok(product.send(message))
        product.client.close()
        self.assertEqual(first.response, self.ok(product.send(message)).response)

    def test_renewal(self):
        product = self.registered()
        message = product.message("RENEW_REGISTRATION", {"csr": None})
        first = self.ok(product.send(message))
        self.assertEqual(first.response, self.ok(product.send(message)).response)
        product.adopt(first)
        self.ok(product.authorize({CUWL: 0}))

    def test_deregistration(self):
        product = self.registered()
        message = product.message("DEREGISTRATION")
        first = self.ok(product.send(message))
        with self.unchanged():
            self.assertEqual(first.response, self.ok(product.send(message)).response,
                             "records survive deregistration")

    def test_refused_message(self):
        product = self.registered()
        message = product.authorization({CUWL: -1})
        first = self.failed(product.send(message), "INVALID_REQUEST")
        self.assertEqual(first.response, self.failed(product.send(message), "INVALID_REQUEST").response)

    def test_the_last_by_arrival(self):
        """A message with an earlier timestamp that arrives later is the last one."""
        product = self.registered()
        self.ok(product.authorize({CUWL: 1}))
        message = product.authorization({CUWL: 2}, timestamp=P.now_ms() - 30 * 60000)
        first = self.ok(product.send(message))
        self.assertEqual(first.response, self.ok(product.send(message)).response)

    def test_only_the_signature_value_differs(self):
        """ECDSA signs the same bytes differently each time; the request is the same."""
        product = self.registered()
        message = product.authorization({CUWL: 1})
        first = self.ok(product.send(message))
        again = P.Message(message.request_type, message.nonce, message.timestamp, message.request,
                          P.envelope_bytes(message.request, P.sign(product.key, message.request)),
                          message.identifier)
        self.assertNotEqual(message.body, again.body)
        self.assertEqual(first.response, self.ok(product.send(again)).response)


class Replays(Case):
    def test_older_message(self):
        product = self.registered()
        old = product.authorization({CUWL: 3})
        self.ok(product.send(old))
        last = product.authorization({CUWL: 1})
        answer = self.ok(product.send(last))
        with self.unchanged("replay"):
            self.failed(product.send(old), "REPLAY")
            self.failed(product.send(old), "REPLAY", "a second time")
            self.assertEqual(answer.response, self.ok(product.send(last)).response, "the last one is still the last")

    def test_old_registration(self):
        token = self.sat.new_token(uses=5)
        product = self.product()
        message = product.registration(token)
        product.adopt(self.ok(product.send(message)))
        self.ok(product.authorize({CUWL: 0}))
        with self.unchanged():
            self.failed(product.send(message), "REPLAY")

    def test_old_message_after_deregistration(self):
        product = self.registered()
        old = product.authorization({CUWL: 1})
        self.ok(product.send(old))
        self.ok(product.deregister())
        self.failed(product.send(old), "REPLAY", "records survive deregistration")

    def test_same_nonce_other_bytes(self):
        product = self.registered()
        first = product.authorization({CUWL: 1})
        self.ok(product.send(first))
        with self.unchanged():
            self.failed(product.send(product.authorization({CUWL: 2}, nonce=first.nonce)), "REPLAY")

    def test_same_nonce_of_another_key(self):
        one, two = self.registered(), self.registered()
        nonce = P.new_nonce()
        self.ok(one.authorize({CUWL: 0}, nonce=nonce))
        self.ok(two.authorize({CUWL: 0}, nonce=nonce), "nonces belong to a key")

    def test_a_refused_registration_leaves_no_nonce(self):
        product = self.product()
        nonce = P.new_nonce()
        self.failed(product.register("no-such-token", nonce=nonce), "INVALID_TOKEN")
        self.ok(product.register(self.sat.new_token(), nonce=nonce))

    def test_a_wrong_clock_leaves_no_nonce(self):
        product = self.registered()
        nonce = P.new_nonce()
        self.failed(product.authorize({CUWL: 0}, nonce=nonce, timestamp=P.now_ms() - 2 * P.HOUR_MS), "CLOCK_SKEW")
        self.ok(product.authorize({CUWL: 0}, nonce=nonce))

    def test_a_wrong_signature_leaves_no_nonce(self):
        product = self.registered()
        nonce = P.new_nonce()
        self.failed(product.authorize({CUWL: 0}, nonce=nonce, key=P.new_key()), "INVALID_SIGNATURE")
        self.ok(product.authorize({CUWL: 0}, nonce=nonce))

    def test_nonce_limits(self):
        product = self.registered()
        for nonce in ("0", "1", "9223372036854775808", "18446744073709551615"):
            with self.subTest(nonce=nonce):
                self.ok(product.authorize({CUWL: 0}, nonce=nonce))


class Signatures(Case):
    def test_flipped_byte(self):
        product = self.registered()
        message = product.authorization({CUWL: 1})
        signature = P.sign(product.key, message.request)
        with self.unchanged("flipped byte"):
            changed = message.request.replace(b'\\"count\\":1', b'\\"count\\":3')
            self.assertNotEqual(changed, message.request)
            answer = P.Message("AUTHORIZATION", message.nonce, message.timestamp, changed,
                               P.envelope_bytes(changed, signature), product.identifier)
            self.failed(product.send(answer), "INVALID_SIGNATURE", "a changed byte of request")
            for place in (0, 4, len(signature) // 2, len(signature) - 1):
                flipped = bytearray(signature)
                flipped[place] ^= 0x01
                body = P.envelope_bytes(message.request, bytes(flipped))
                self.failed(product.send(P.Message("AUTHORIZATION", message.nonce, message.timestamp, message.request,
                                                   body, product.identifier)),
                            "INVALID_SIGNATURE", "signature byte %d flipped" % place)
        self.ok(product.send(message), "the true message afterwards")

    def test_white_space_is_part_of_the_signed_bytes(self):
        product = self.registered()
        message = product.authorization({CUWL: 1})
        spaced = b" " + message.request + b"\n"
        with self.unchanged():
            wrong = P.envelope_bytes(spaced, P.sign(product.key, message.request))
            self.failed(product.send(P.Message("AUTHORIZATION", message.nonce, 0, spaced, wrong, product.identifier)),
                        "INVALID_SIGNATURE")
        right = P.envelope_bytes(spaced, P.sign(product.key, spaced))
        self.ok(product.send(P.Message("AUTHORIZATION", message.nonce, 0, spaced, right, product.identifier)))

    def test_escapes_are_undone_before_verifying(self):
        """The envelope may write the same string with other escapes."""
        product = self.registered()
        message = product.authorization({CUWL: 0})
        escaped = b'"' + b"".join(b"\\u%04x" % b for b in message.request) + b'"'
        body = message.body.replace(P.compact(message.request.decode()).encode(), escaped)
        self.assertNotEqual(body, message.body)
        self.ok(product.send(P.Message("AUTHORIZATION", message.nonce, 0, message.request, body, product.identifier)))

    def test_forms_of_the_signature(self):
        product = self.registered()
        good = base64.b64encode(P.sign(product.key, b"something else")).decode()
        with self.unchanged():
            for what, value in (("of other bytes", good), ("empty", ""), ("not base64", "!!!!"), ("cut", good[:40]),
                                ("zeros", base64.b64encode(bytes(64)).decode()),
                                ("raw r and s", base64.b64encode(bytes(range(64))).decode())):
                with self.subTest(what):
                    message = product.authorization({CUWL: 1}, edit_envelope={
                        "signature": {"type": "SHA-256", "value": value}})
                    reply = product.post(message.body)
                    if reply.status != 400 or what not in ("empty", "not base64"):
                        self.failed(P.read_answer(reply, message, self.sat.root, issuer=product.issuer),
                                    "INVALID_SIGNATURE", what)

    def test_other_padding_and_digest(self):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
        product = self.registered(kind="RSA-2048")
        message = product.authorization({CUWL: 1})
        pss = product.key.sign(message.request, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        sha1 = product.key.sign(message.request, padding.PKCS1v15(), hashes.SHA1())
        with self.unchanged():
            for what, signature in (("PSS", pss), ("SHA-1", sha1)):
                body = P.envelope_bytes(message.request, signature)
                self.failed(product.send(P.Message("AUTHORIZATION", message.nonce, 0, message.request, body,
                                                   product.identifier)), "INVALID_SIGNATURE", what)

    def test_strangers_key(self):
        victim, stranger = self.registered(), self.registered()
        with self.unchanged():
            self.failed(victim.authorize({CUWL: 9}, key=stranger.key), "INVALID_SIGNATURE")
            self.failed(victim.renew(key=stranger.key, adopt=False), "INVALID_SIGNATURE")
            self.failed(victim.deregister(key=stranger.key), "INVALID_SIGNATURE")
        self.ok(victim.authorize({CUWL: 0}))

    def test_identifier_of_another(self):
        """A's identifier with B's certificate and key, and the reverse."""
        a, b = self.registered(), self.registered()
        codes = ("INVALID_SIGNATURE", "UNKNOWN_INSTANCE", "CERTIFICATE_REVOKED")
        with self.unchanged():
            mixed = a.message("DEREGISTRATION", certificate=b.certificate, key=b.key)
            self.failed(a.send(mixed), codes, "A's identifier, B's serial number and key")
            mixed = b.message("DEREGISTRATION", certificate=a.certificate, key=b.key)
            self.failed(b.send(mixed), codes, "B's identifier and key, A's serial number")

    def test_signer_of_the_satellite_is_no_product(self):
        """The satellite's own certificates are public: naming one buys nothing."""
        product = self.registered()
        signer = self.ok(product.authorize({CUWL: 0})).signer
        codes = ("INVALID_SIGNATURE", "UNKNOWN_INSTANCE", "CERTIFICATE_REVOKED")
        with self.unchanged():
            for cert in (signer, product.issuer, self.sat.root):
                self.failed(product.deregister(certificate=cert), codes)


class Posing(Case):
    """A product's certificate never speaks for a server, and a server's credential does not help a product."""

    def test_as_a_server(self):
        product, other = self.registered(), self.registered()
        message = product.authorization({CUWL: 1})
        true = self.ok(product.send(message))
        forged = dict(true.envelope)
        forged["credential"] = P.pem(other.certificate) + "".join(P.pem(c) for c in other.chain)
        forged["signature"] = {"type": "SHA-256",
                               "value": base64.b64encode(P.sign(other.key, true.response.encode())).decode()}
        reply = P.Reply(200, {"Content-Type": "application/json"}, P.compact(forged).encode())
        with self.assertRaisesRegex(P.BadAnswer, "emailProtection"):
            P.read_answer(reply, message, self.sat.root, issuer=product.issuer)

    def test_credential_of_a_request_is_not_believed(self):
        victim, stranger = self.registered(), self.registered()
        server = self.ok(victim.authorize({CUWL: 0})).envelope["credential"]
        own = P.pem(stranger.certificate) + "".join(P.pem(c) for c in stranger.chain)
        with self.unchanged():
            for what, credential in (("the satellite's", server), ("the stranger's", own)):
                message = victim.message("DEREGISTRATION", key=stranger.key, edit_envelope={"credential": credential})
                self.failed(victim.send(message), "INVALID_SIGNATURE", what)

    def test_answers_differ_by_their_bytes(self):
        """A changed byte of an answer, a wrong nonce, a wrong identifier: no answer."""
        product = self.registered()
        message = product.authorization({CUWL: 1})
        answer = self.ok(product.send(message))
        changed = dict(answer.envelope, response=answer.response.replace("OK", "KO", 1))
        for envelope in (changed, dict(answer.envelope, signature=None), dict(answer.envelope, credential=None)):
            reply = P.Reply(200, {"Content-Type": "application/json"}, P.compact(envelope).encode())
            self.assertRaises(P.BadAnswer, P.read_answer, reply, message, self.sat.root, "satellite", product.issuer)
        other = product.authorization({CUWL: 1})
        self.assertRaises(P.BadAnswer, P.read_answer, answer.reply, other, self.sat.root)


class Clock(Case):
    TIMES = re.compile(r"\d{1,2}:\d{2}|\d{13}")

    def test_within_an_hour(self):
        product = self.registered()
        for offset in (-P.HOUR_MS + 30000, P.HOUR_MS - 30000, 0):
            with self.subTest(offset=offset):
                self.ok(product.authorize({CUWL: 0}, timestamp=P.now_ms() + offset))

    def test_more_than_an_hour(self):
        product = self.registered()
        with self.unchanged("wrong clock"):
            for offset in (-P.HOUR_MS - 5000, P.HOUR_MS + 30000, -P.DAY_MS, 400 * P.DAY_MS):
                with self.subTest(offset=offset):
                    answer = product.authorize({CUWL: 1}, timestamp=P.now_ms() + offset)
                    self.failed(answer, "CLOCK_SKEW")
                    self.assertGreaterEqual(len(self.TIMES.findall(answer.message)), 2,
                                            "both times are in the text: %s" % answer.message)

    def test_registration(self):
        token = self.sat.new_token()
        product = self.product()
        with self.unchanged():
            for offset in (-P.HOUR_MS - 5000, P.HOUR_MS + 30000):
                self.failed(product.register(token, timestamp=P.now_ms() + offset), "CLOCK_SKEW")
        self.ok(product.register(token, timestamp=P.now_ms() - P.HOUR_MS + 30000))

    def test_far_timestamps(self):
        product = self.registered()
        for timestamp in (0, 1, 2 ** 53, 2 ** 62, 2 ** 63 - 1):
            with self.subTest(timestamp=timestamp):
                reply = product.post(product.authorization({CUWL: 0}, timestamp=timestamp).body)
                if reply.status != 400:
                    self.failed(P.read_answer(reply, None, self.sat.root), "CLOCK_SKEW")


class Identity(Case):
    def test_never_known(self):
        product = self.registered()
        known = product.identifier
        product.identifier = "11111111-2222-4333-8444-555555555555"
        with self.unchanged():
            for message in (product.authorization({CUWL: 1}), product.message("DEREGISTRATION"),
                            product.message("RENEW_REGISTRATION", {"csr": None})):
                self.failed(product.send(message), "UNKNOWN_INSTANCE", message.request_type)
            for odd in ("", "nobody", "x" * 300, known[:-1], known + "0", "%s' OR '1'='1" % known):
                product.identifier = odd
                with self.subTest(identifier=odd):
                    reply = product.post(product.authorization({CUWL: 1}).body)
                    if reply.status != 400:
                        self.failed(P.read_answer(reply, None, self.sat.root), "UNKNOWN_INSTANCE", odd)

    def test_serial_number_of_no_certificate(self):
        product = self.registered()
        codes = ("UNKNOWN_INSTANCE", "INVALID_SIGNATURE", "CERTIFICATE_REVOKED")
        with self.unchanged():
            for serial in ("12345", str(product.certificate.serial_number + 1), "%x" % product.certificate.serial_number,
                           "", "-1", "9" * 100):
                with self.subTest(serial=serial):
                    message = product.authorization({CUWL: 1}, edit_header={"id_cert_serial_number": serial})
                    reply = product.post(message.body)
                    if reply.status != 400:
                        self.failed(P.read_answer(reply, None, self.sat.root), codes, serial)

    def test_unsupported_types(self):
        product, stranger = self.registered(), self.product()
        with self.unchanged():
            for kind in ("THIRD_PARTY_KEY", "registration", "REGISTRATION ", "", "X" * 200, "RESERVATION", "ÄÖ"):
                with self.subTest(kind=kind):
                    message = product.message(kind)
                    self.failed(product.send(message), "UNSUPPORTED_REQUEST", kind)
            self.failed(stranger.send(stranger.message("THIRD_PARTY_KEY")), "UNSUPPORTED_REQUEST", "nobody's")


class Order(Case):
    """parse, type, identity, signature, retry and replay, clock, certificate state, data: the first wrong one answers."""

    def test_type_before_identity(self):
        product = self.registered()
        product.identifier = "11111111-2222-4333-8444-555555555555"
        self.failed(product.send(product.message("THIRD_PARTY_KEY", key=P.new_key())), "UNSUPPORTED_REQUEST")

    def test_identity_before_signature_and_clock(self):
        product = self.registered()
        product.identifier = "11111111-2222-4333-8444-555555555555"
        self.failed(product.authorize({}, key=P.new_key(), timestamp=1), "UNKNOWN_INSTANCE")

    def test_signature_before_clock(self):
        product = self.registered()
        self.failed(product.authorize({}, key=P.new_key(), timestamp=P.now_ms() - P.DAY_MS), "INVALID_SIGNATURE")

    def test_replay_before_clock(self):
        product = self.registered()
        first = product.authorization({CUWL: 0})
        self.ok(product.send(first))
        self.failed(product.authorize({CUWL: 0}, nonce=first.nonce, timestamp=P.now_ms() - 2 * P.HOUR_MS), "REPLAY")

    def test_clock_before_certificate_state(self):
        product = self.registered()
        self.ok(product.deregister())
        self.failed(product.authorize({}, timestamp=P.now_ms() - P.DAY_MS), "CLOCK_SKEW")

    def test_certificate_state_before_data(self):
        product = self.registered()
        self.ok(product.deregister())
        self.failed(product.authorize({CUWL: -5}), "CERTIFICATE_REVOKED")

    def test_clock_before_token(self):
        product = self.product()
        self.failed(product.register("no-such-token", timestamp=P.now_ms() - P.DAY_MS), "CLOCK_SKEW")

    def test_token_before_already_registered(self):
        product = self.registered()
        self.failed(product.twin().register("no-such-token"), "INVALID_TOKEN")


class Renewal(Case):
    def test_predecessor_is_good_until_the_successor_is_used(self):
        product = self.registered()
        first, first_key = product.certificate, product.key
        answer = self.ok(product.renew(new_key=P.new_key()))
        self.assertNotEqual(first.serial_number, product.certificate.serial_number)
        self.assertAlmostEqual(365 * P.DAY_MS, answer.data["expires_at"] - P.now_ms(), delta=60000)
        self.assertAlmostEqual(180 * P.DAY_MS, answer.data["renew_at"] - P.now_ms(), delta=60000)
        self.ok(product.authorize({CUWL: 1}, certificate=first, key=first_key), "the predecessor, still good")
        self.ok(product.authorize({CUWL: 1}), "the successor")
        with self.unchanged():
            self.failed(product.authorize({CUWL: 2}, certificate=first, key=first_key), "CERTIFICATE_REVOKED",
                        "the predecessor after the successor was used")

    def test_same_key(self):
        product = self.registered()
        first = product.certificate
        self.ok(product.renew())
        self.assertNotEqual(first.serial_number, product.certificate.serial_number)
        self.ok(product.authorize({CUWL: 0}, certificate=first))
        self.ok(product.authorize({CUWL: 0}))
        self.failed(product.authorize({CUWL: 0}, certificate=first), "CERTIFICATE_REVOKED")

    def test_second_renewal_replaces_the_unused_successor(self):
        product = self.registered()
        first = product.certificate
        lost = P.new_key()
        answer = self.ok(product.renew(new_key=lost, adopt=False))
        lost_cert = P.load_certificates(answer.data["id_certificate"])[0]
        self.ok(product.renew(new_key=P.new_key()), "the second renewal under the predecessor")
        self.failed(product.authorize({CUWL: 0}, certificate=lost_cert, key=lost), "CERTIFICATE_REVOKED",
                    "the successor that was replaced")
        self.ok(product.authorize({CUWL: 0}))
        self.assertNotIn(product.certificate.serial_number, (first.serial_number, lost_cert.serial_number))

    def test_key_and_certificate_belong_together(self):
        product = self.registered()
        first, first_key = product.certificate, product.key
        self.ok(product.renew(new_key=P.new_key()))
        self.failed(product.authorize({CUWL: 1}, key=first_key), "INVALID_SIGNATURE", "new certificate, old key")
        self.failed(product.authorize({CUWL: 1}, certificate=first), "INVALID_SIGNATURE", "old certificate, new key")
        self.ok(product.authorize({CUWL: 0}, certificate=first, key=first_key), "neither named the new certificate")

    def test_refused_first_message_does_not_supersede(self):
        """Only an accepted message counts: one with a wrong clock does not."""
        product = self.registered()
        first = product.certificate
        self.ok(product.renew())
        self.failed(product.authorize({CUWL: 0}, timestamp=P.now_ms() - P.DAY_MS), "CLOCK_SKEW")
        self.ok(product.authorize({CUWL: 0}, certificate=first))

    def test_usage_stays(self):
        place = self.fresh({"CUWL": 2})
        product = self.registered(virtual_account=place)
        self.ok(product.authorize({CUWL: 2}))
        self.ok(product.renew())
        self.assertEqual((2, 2), self.counts(place, "CUWL")[:2])
        self.assertEqual(place, self.device(product)["virtualAccount"])

    def test_chain_of_renewals(self):
        product = self.registered()
        seen = {product.certificate_serial}
        for _ in range(5):
            self.ok(product.renew(new_key=P.new_key()))
            seen.add(product.certificate_serial)
        self.assertEqual(6, len(seen))
        self.ok(product.authorize({CUWL: 0}))


class Deregistration(Case):
    def test_licenses_go_back(self):
        place = self.fresh({"CUWL": 4})
        product = self.registered(virtual_account=place)
        self.ok(product.authorize({CUWL: 3, ENHANCED: 0, BASIC: 0}))
        self.assertEqual(3, self.counts(place, "CUWL")[1])
        self.ok(product.deregister())
        self.assertEqual((4, 0, "In Compliance"), self.counts(place, "CUWL"))
        with self.unchanged():
            for message in (product.authorization({CUWL: 1}), product.message("RENEW_REGISTRATION", {"csr": None}),
                            product.message("DEREGISTRATION")):
                self.failed(product.send(message), "CERTIFICATE_REVOKED", message.request_type)

    def test_with_an_unused_successor(self):
        product = self.registered()
        first = product.certificate
        self.ok(product.renew())
        self.ok(product.deregister(certificate=first))
        self.failed(product.authorize({CUWL: 0}), "CERTIFICATE_REVOKED", "the successor")


if __name__ == "__main__":
    unittest.main()
