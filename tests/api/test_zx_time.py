"""A moved clock: what runs out, and a clock that jumps."""

import os
import unittest

import product as P
from case import CUWL
from moved import MovedCase


class Moved(MovedCase):
    def test_a_year(self):
        """Token, authorization, authority and certificate run out one after the other."""
        place = self.fresh({"CUWL": 5})
        day = self.sat.new_token(place, uses=20, days=1)
        year = self.sat.new_token(place, uses=20, days=365)
        user, idle, leaver = self.registered(day), self.registered(year), self.registered(year)
        self.ok(user.authorize({CUWL: 2}))
        self.ok(idle.authorize({CUWL: 3}))
        uses = self.sat.uses_left(day)
        serial = user.certificate_serial

        days = 2
        self.start_at(days)
        newcomer = self.moved(self.product(), days)
        self.failed(newcomer.register(day), "TOKEN_EXPIRED")
        self.failed(newcomer.register("no-such-token"), "INVALID_TOKEN")
        self.moved(user, days)
        self.ok(user.register(day), "same key and same token, expired since")
        self.assertEqual(serial, user.certificate_serial)
        self.assertEqual(uses, self.sat.uses_left(day), "no use was taken")
        self.ok(user.authorize({CUWL: 2}))
        self.ok(newcomer.register(year))
        self.assertEqual((5, 5), self.counts(place, "CUWL")[:2])

        days = 91
        self.start_at(days)
        self.assertEqual((5, 2), self.counts(place, "CUWL")[:2], "who was silent for 90 days uses nothing")
        late = self.moved(self.product(), days)
        self.failed(late.register(year), "SYNC_EXPIRED")
        self.moved(user, days)
        self.failed(user.authorize({CUWL: 2}), "SYNC_EXPIRED")
        self.failed(user.renew(adopt=False), "SYNC_EXPIRED")
        self.ok(self.moved(leaver, days).deregister(), "deregistration always works")

        days = 93
        self.start_at(days)
        self.assertEqual((5, 0, "In Compliance"), self.counts(place, "CUWL"), "a FAILED answer is no contact")

        days = 366
        self.start_at(days)
        self.failed(self.moved(idle, days).authorize({CUWL: 1}), "CERTIFICATE_EXPIRED")
        self.done(self.sat.ctl("verify"))

    def test_a_clock_that_jumps(self):
        """Neither expiry nor revival by a jump of the running clock; it ends by itself or by `clock accept`."""
        self.clock_file = os.path.join(self.sat.state, "clock")
        self.set_clock("+0")
        self.start_with(FAKETIME_TIMESTAMP_FILE=self.clock_file, FAKETIME_NO_CACHE="1")
        place = self.fresh({"CUWL": 5})
        token = self.sat.new_token(place, uses=20)
        one = self.product()
        self.moved(one, 0)
        self.ok(one.register(token))
        self.ok(one.authorize({CUWL: 2}))
        self.set_clock("+91d")
        self.assertEqual("Authorized", self.status_of(one, place), "a jump expires nothing")
        self.assertEqual((5, 2), self.counts(place, "CUWL")[:2])
        clock = self.done(self.sat.ctl("status"))["clock"]
        self.assertTrue(clock["frozen"], clock)
        self.assertNotEqual(clock["believed"][:10], clock["shown"][:10], "both times are told")
        self.ok(one.authorize({CUWL: 2}), "a product with the right time is served")
        newcomer = self.moved(self.product(), 0)
        self.assertEqual("OK_TRY_AGAIN", newcomer.send(newcomer.registration(token)).status, "no certificate meanwhile")
        self.set_clock("+0")
        self.assertFalse(self.done(self.sat.ctl("status"))["clock"]["frozen"], "right again: believed again")
        self.ok(newcomer.register(token))
        self.set_clock("+91d")
        self.assertTrue(self.done(self.sat.ctl("status"))["clock"]["frozen"])
        self.done(self.sat.ctl("clock", "accept"))
        self.assertFalse(self.done(self.sat.ctl("status"))["clock"]["frozen"])
        self.assertEqual("Authorization Expired", self.status_of(one, place))
        self.assertEqual((5, 0), self.counts(place, "CUWL")[:2])
        kinds = [event["kind"] for event in self.done(self.sat.ctl("event", "list", "--limit", "50"))["events"]]
        self.assertIn("clock.accept", kinds)
        self.assertIn("clock.jump", kinds)
        # Started behind the last seen time: what expired stays expired.
        self.set_clock("+0")
        self.start_with(FAKETIME_TIMESTAMP_FILE=self.clock_file, FAKETIME_NO_CACHE="1")
        self.assertTrue(self.done(self.sat.ctl("status"))["clock"]["frozen"], "the clock stands behind")
        self.assertEqual("Authorization Expired", self.status_of(one, place))
        self.done(self.sat.ctl("clock", "accept"))


if __name__ == "__main__":
    unittest.main()
