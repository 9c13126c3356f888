"""satellited from its command line: what it refuses before it touches anything."""

import os
import subprocess
import tempfile
import unittest

from case import Case
from satellite import TOP, free_port_base


class Start(Case):
    def setUp(self):
        build = os.path.join(TOP, os.environ.get("BUILD_DIR") or "build")
        self.programs = {name: os.path.join(build, name) for name in ("satellited", "cloud-managerd")}
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name
        self.state = os.path.join(self.top, "state")

    def call(self, *arguments, program="satellited"):
        done = subprocess.run([self.programs[program], *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, encoding="utf-8")
        return done.returncode, done.stdout, done.stderr

    def checked(self, line, *words, program="satellited"):
        """`-t` refuses a file with this line, and says so with these words."""
        path = os.path.join(self.top, "test.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write("# first\n%s\n" % line)
        rc, out, err = self.call("-t", "-c", path, program=program)
        self.assertEqual((1, ""), (rc, out), err)
        for word in words:
            self.assertIn(word.replace("FILE", path), err)

    def test_command_line(self):
        for arguments, word in ((("-x",), "There is no option -x."), (("--nonsense",), "There is no option --nonsense."),
                                (("-c",), "-c needs a value"), (("here",), "“here” is one argument too many")):
            rc, out, err = self.call(*arguments)
            self.assertEqual((2, ""), (rc, out), err)
            self.assertIn(word, err)
        for arguments in (("-h",), ("--help",)):
            rc, out, err = self.call(*arguments)
            self.assertEqual((0, ""), (rc, err))
            self.assertIn("usage: satellited", out)
            self.assertLessEqual(max(len(line) for line in out.split("\n")), 80)

    def test_values(self):
        must = "it must be address and port"
        for value in ("foo", "192.0.2.1", "999.0.2.1:443", "::1:443", "[::1]", "[::g]:443", "192.0.2.1:65536", ":443"):
            self.checked("product_listen = " + value, "FILE:2: product_listen is '%s'; %s" % (value, must))
        self.checked("log_level = loud", "FILE:2: log_level is 'loud'; it must be error, warning, info or debug.")
        self.checked("control_mode = 0888", "FILE:2: control_mode is '0888'")
        self.checked("authority_key = dsa", "FILE:2: authority_key is 'dsa'")
        for value in ("0", "17", "two"):
            self.checked("helpers = " + value, "FILE:2: helpers is '%s'; it must be a whole number from 1 to 16." % value)
        self.assertIn("helpers = 2\n", self.call("-t", "-c", "/dev/null")[1])
        for value in ("192.0.2.1:0", "[::]:443", "localhost:65535"):
            self.assertEqual(0, self.call("-t", "-c", "/dev/null", "-o", "product_listen=" + value)[0], value)

    def test_files(self):
        with open(os.path.join(self.top, "text"), "w", encoding="utf-8") as f:
            f.write("no certificate\n")
        text, gone = f.name, os.path.join(self.top, "gone")
        self.checked("tls_certificate = %s\ntls_key = %s" % (gone, text), "tls_certificate: Cannot open " + gone)
        self.checked("tls_certificate = %s\ntls_key = %s" % (text, gone), "tls_key: Cannot open " + gone)
        self.checked("tls_certificate = %s\ntls_key = %s" % (text, text), "tls_certificate, tls_key: ")
        self.checked("root_certificate = " + text, "root_certificate: ")
        self.checked("catalogue = " + text, "catalogue: ", program="cloud-managerd")

    def options(self, **more):
        port = free_port_base(2)
        chosen = dict(state_dir=self.state, control_socket=os.path.join(self.top, "s.sock"),
                      product_listen="127.0.0.1:%d" % port, administration_listen="127.0.0.1:%d" % (port + 1))
        chosen.update(more)
        return [word for name, value in chosen.items() for word in ("-o", "%s=%s" % (name, value))]

    def test_nothing_is_made_for_a_start_that_cannot_be(self):
        gone = os.path.join(self.top, "no", "s.sock")
        rc, _, err = self.call("-c", "/dev/null", *self.options(control_socket=gone))
        self.assertEqual(1, rc, err)
        self.assertIn("the folder %s does not exist" % os.path.dirname(gone), err)
        self.assertFalse(os.path.exists(self.state))

    def test_a_missing_key_is_not_replaced(self):
        key, database = (os.path.join(self.state, name) for name in ("seal.key", "satellite.db"))
        command = [self.programs["satellited"], "-c", "/dev/null", *self.options()]
        with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as daemon:
            for line in daemon.stderr:
                if "serves products" in line:
                    break
            daemon.terminate()
            daemon.stderr.read()
        self.assertEqual(0, daemon.returncode)
        self.assertTrue(os.path.exists(key) and os.path.exists(database))
        os.rename(key, key + ".away")
        rc, _, err = self.call("-c", "/dev/null", *self.options())
        self.assertEqual(1, rc, err)
        self.assertIn("The seal key %s is missing, but the database %s exists." % (key, database), err)
        self.assertFalse(os.path.exists(key))


if __name__ == "__main__":
    unittest.main()
