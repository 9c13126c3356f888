"""kill -9 in the middle of 200 parallel registrations: nothing acknowledged is lost, no token use is taken twice."""

import os
import signal
import time
import unittest

import product as P
from case import CUWL, Case
from parallel import registrations, send_all

COUNT = 200


class Kill(Case):
    def round(self, kill_after):
        place = self.fresh({"CUWL": 5})
        token = self.sat.new_token(place, uses=COUNT + 100)
        witness = self.registered(token)
        self.ok(witness.authorize({CUWL: 3}))
        pid = int(self.sat.satellite_pid)

        def kill(threads):
            deadline = time.monotonic() + 30
            while sum(t.answer is not None for t in threads) < kill_after and time.monotonic() < deadline:
                time.sleep(0.0005)
            os.kill(pid, signal.SIGKILL)
        threads = send_all(registrations(self.sat, token, COUNT), kill)
        acknowledged = [t for t in threads if t.answer is not None]
        for thread in acknowledged:
            self.ok(thread.answer)
        unanswered = [t for t in threads if t.answer is None]

        self.sat.start()
        self.sat.wait_healthy()
        self.assertNotEqual(pid, int(self.sat.satellite_pid), "tools/run rewrites endpoints.json")
        # what is there now
        listed = self.sat.devices(place)
        serials = {d["sudi"]["udiSerialNumber"] for d in listed}
        lost = [t.product.serial for t in acknowledged if t.product.serial not in serials]
        self.assertEqual([], lost, "acknowledged registrations that are gone")
        row = self.sat.token_row(token)
        used = int(row["numberOfUses"]) - int(row["usesRemaining"])
        self.assertEqual(len(listed), used, "uses of the token = product instances")
        self.done(self.sat.ctl("verify"))
        # acknowledged: works, and its retry gets the same bytes
        for thread in acknowledged[:20]:
            again = self.ok(thread.product.send(thread.message), "retry of an acknowledged registration")
            self.assertEqual(thread.answer.response, again.response, "byte-identical after the restart")
            thread.product.adopt(again)
            self.ok(thread.product.authorize({CUWL: 0}))
        # unanswered: the retry succeeds, whether it was committed or not
        for thread in unanswered:
            self.ok(thread.product.send(thread.message), "retry of an unanswered registration")
        for thread in threads:
            thread.product.client.close()
        listed = self.sat.devices(place)
        self.assertEqual(COUNT + 1, len(listed))
        self.assertEqual(COUNT + 1, len({d["sudi"]["udiSerialNumber"] for d in listed}))
        self.assertEqual(COUNT + 100 - COUNT - 1, self.sat.uses_left(token), "one use each")
        self.ok(witness.authorize({CUWL: 3}), "who was there before")
        self.assertEqual((5, 3, "In Compliance"), self.counts(place, "CUWL"))
        self.done(self.sat.ctl("verify"))
        return len(acknowledged), len(unanswered)

    def test_early(self):
        self.round(5)

    def test_in_the_middle(self):
        self.round(80)

    def test_idempotent_start(self):
        """A second start while all runs changes neither process nor state."""
        before, pids = self.sat.snapshot(), (self.sat.satellite_pid, self.sat.manager_pid)
        self.sat.start()
        self.assertEqual(pids, (self.sat.satellite_pid, self.sat.manager_pid))
        self.assertEqual(before, self.sat.snapshot())


if __name__ == "__main__":
    unittest.main()
