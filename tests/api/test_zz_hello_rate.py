"""The rate limit of HELLO, last of all since it lasts for a minute."""

import unittest

import product as P
from case import CUWL, Case


class HelloRate(Case):
    def test_rate_limit(self):
        product = self.product()
        for count in range(5000):
            answer = product.hello()
            if answer.status != "OK":
                break
        self.assertEqual("OK_TRY_AGAIN", answer.status, "after %d HELLOs: %r" % (count + 1, answer))
        self.assertGreater(count, 4, "the limit stands at %d a minute" % count)
        self.assertGreater(answer.data["retry_after"], 0)
        self.assertLessEqual(answer.data["retry_after"], 3600)
        registered = self.registered()
        self.ok(registered.authorize({CUWL: 0}), "other messages from that address are served")


if __name__ == "__main__":
    unittest.main()
