"""HELLO: unsigned, without identity, exempt from the clock."""

import unittest

import product as P
from case import Case


class Hello(Case):
    def hello(self, **options):
        """The rate limit by address may answer OK_TRY_AGAIN when several suites ran within the minute."""
        answer = self.product().hello(**options)
        if answer.status == "OK_TRY_AGAIN":
            self.skipTest("over the limit for this minute: %r" % answer)
        return self.ok(answer)

    def test_answer(self):
        answer = self.hello()
        self.assertEqual({"name", "role", "capabilities", "time"} & set(answer.data),
                         {"name", "role", "capabilities", "time"}, answer.data)
        self.assertEqual("satellite", answer.data["role"])
        self.assertIsInstance(answer.data["capabilities"], list)
        self.assertAlmostEqual(P.now_ms(), answer.data["time"], delta=60000)
        self.assertEqual("HELLO", answer.header["response_type"])

    def test_no_clock_check(self):
        answer = self.hello(timestamp=1000)
        self.assertAlmostEqual(P.now_ms(), answer.data["time"], delta=60000)
        self.hello(timestamp=P.now_ms() + 400 * P.DAY_MS)

    def test_nothing_is_kept(self):
        """The same bytes twice are two questions."""
        product = self.product()
        message = product.message("HELLO", signed=False)
        for _ in range(2):
            answer = product.send(message)
            self.assertIn(answer.status, ("OK", "OK_TRY_AGAIN"), answer)

    def test_changes_nothing(self):
        with self.unchanged():
            self.hello()

    def test_identity_of_others_is_no_matter(self):
        known = self.registered()
        with self.unchanged():
            answer = known.hello()
            self.assertIn(answer.status, ("OK", "OK_TRY_AGAIN"), answer)

    def test_only_hello_may_be_unsigned(self):
        product = self.registered()
        with self.unchanged():
            for kind in ("AUTHORIZATION", "DEREGISTRATION", "RENEW_REGISTRATION"):
                message = product.message(kind, {"entitlements": [], "csr": None}, signed=False)
                reply = product.post(message.body)
                if reply.status != 400:
                    self.failed(P.read_answer(reply, message, self.sat.root, issuer=product.issuer),
                                "INVALID_SIGNATURE", kind)


if __name__ == "__main__":
    unittest.main()
