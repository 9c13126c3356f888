"""product-agent against the running satellite, command by command, as the first line of the milestone tells it."""

import os
import re
import subprocess
import tempfile
import unittest
import urllib.parse

from case import BASIC, ENHANCED, Case
from satellite import TOP


def find_program():
    build = os.path.join(TOP, os.environ.get("BUILD_DIR") or "build")
    for path in (os.environ.get("PRODUCT_AGENT"), os.path.join(build, "product-agent"),
                 os.path.join(build, "tools", "product-agent")):
        if path and os.access(path, os.X_OK):
            return path
    return None


class Agent(Case):
    def setUp(self):
        self.program = find_program()
        if self.program is None:
            self.skipTest("product-agent is not built")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "state")

    def agent(self, command, *options, good=True):
        done = subprocess.run([self.program, "--state", self.folder, *options, command], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        text = "product-agent '%s' -> exit %d\n%s\n%s" % (command, done.returncode, out, err)
        if good is not None:
            self.assertEqual(good, done.returncode == 0, text)
        return out, text

    def gateway(self):
        url = urllib.parse.urlsplit(self.sat.product_url)
        self.agent("license smart transport gateway %s:%d" % (url.hostname, url.port), "--product", "UCM",
                   "--ca-file", self.sat.ca_file, "--root-file", self.sat.root_file)

    def mine(self, place):
        return self.sat.devices(place)

    def test_the_whole_life(self):
        place = self.fresh({"Enhanced": 5, "Basic": 2})
        token = self.sat.new_token(place, uses=2)
        self.gateway()
        out, text = self.agent("show license summary")
        self.assertIn("Smart Licensing is ENABLED", out, text)
        self.assertRegex(out, r"Status: UNREGISTERED", text)
        self.agent("license smart register idtoken " + token)
        self.assertEqual(1, len(self.mine(place)))
        self.agent("license usage set Enhanced=5 Basic=2")
        self.agent("license usage update")
        self.assertEqual((5, 5, "In Compliance"), self.counts(place, "Enhanced"))
        self.assertEqual((2, 2, "In Compliance"), self.counts(place, "Basic"))
        out, text = self.agent("show license summary")
        self.assertRegex(out, r"(?s)Registration:\s+Status: REGISTERED.*License Authorization:\s+Status: AUTHORIZED",
                         text)
        self.assertIn("Smart Account: Demo Account", out, text)
        self.assertIn("Virtual Account: " + place, out, text)
        for tag, count in ((ENHANCED, 5), (BASIC, 2)):
            self.assertRegex(out, re.escape(tag) + r"\s+%d\s+InCompliance" % count, text)
        out, text = self.agent("show license all")
        for part in ("Registration:", "License Authorization:", "Evaluation Period:", "License Usage",
                     "Product Information", "Agent Version", "UC Manager Enhanced License (12.x) (" + ENHANCED + ")"):
            self.assertIn(part, out, text)
        for what in ("status", "usage", "udi"):
            self.agent("show license " + what)
        self.agent("license smart renew auth")
        self.agent("license smart renew id")
        self.agent("license usage update")
        self.assertEqual(5, self.counts(place, "Enhanced")[1])
        self.agent("license smart deregister")
        self.assertEqual([], self.mine(place))
        self.assertEqual((5, 0), self.counts(place, "Enhanced")[:2])
        self.assertEqual((2, 0), self.counts(place, "Basic")[:2])
        out, text = self.agent("show license summary")
        self.assertRegex(out, r"Status: UNREGISTERED", text)
        self.agent("license smart register idtoken " + token)
        self.agent("license smart deregister")

    def test_more_than_owned(self):
        place = self.fresh({"CUWL": 1})
        self.gateway()
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        self.agent("license usage set CUWL=2")
        self.agent("license usage update")
        out, text = self.agent("show license summary")
        self.assertRegex(out, r"OUT[ _]OF[ _]COMPLIANCE", text)
        self.assertEqual((1, 2, "Out Of Compliance"), self.counts(place, "CUWL"))
        self.agent("license smart deregister")

    def test_refused_token(self):
        self.gateway()
        _, text = self.agent("license smart register idtoken no-such-token", good=False)
        self.assertIn("no-such-token", text)
        self.assertIn("not valid", text)

    def test_unknown_command(self):
        self.agent("license smart nonsense", good=False)


if __name__ == "__main__":
    unittest.main()
