"""Wrong authorization files: a product's certificate posing as the manager, garbage, cut files."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
import time
import unittest

import product as P
from case import Case


class Sync(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def bundle(self, members):
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w:gz") as tar:
            for name, data in members:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return raw.getvalue()

    def import_file(self, path):
        account = ("--account", self.sat.account)
        return self.sat.ctl_any(("sync", "import", path), ("sync", "import", path) + account,
                                ("sync", "import") + account + (path,))

    def forged(self, product, **change):
        """An authorization signed with a product's certificate: everything fits but the role of the signer."""
        uuid = self.sat.rest_ok("GET", "/status")["uuid"]
        lot = P.compact({"id": "11111111-2222-4333-8444-555555555555", "tag": "x", "count": 100000,
                         "type": "PERPETUAL"}).encode() + b"\n"
        manifest = {"format": "satellite-sync/1", "kind": "authorization", "satellite": uuid,
                    "account": self.sat.account, "sequence": 1, "base_sequence": 0, "mode": "full", "in_reply_to": 0,
                    "created_at": P.now_ms(), "authority_valid_until": P.now_ms() + 9000 * P.DAY_MS,
                    "parts": [{"name": "license_lots.ndjson", "records": 1, "bytes": len(lot),
                               "sha256": hashlib.sha256(lot).hexdigest()}]}
        manifest.update(change)
        text = P.compact(manifest).encode()
        key, cert = self.file("key.pem", P.private_pem(product.key)), self.file("cert.pem",
                                                                               P.pem(product.certificate).encode())
        chain = self.file("chain.pem", "".join(P.pem(c) for c in product.chain).encode())
        signed = subprocess.run(["openssl", "cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256", "-in",
                                 self.file("manifest.json", text), "-signer", cert, "-inkey", key, "-certfile", chain],
                                stdout=subprocess.PIPE, check=True).stdout
        return self.bundle([("manifest.json", text), ("manifest.p7s", signed), ("license_lots.ndjson", lot)])

    def test_the_same_file_again(self):
        """Two files of one export: the second is the first again, and says which orders came later."""
        files = [os.path.join(self.folder, name) for name in ("a.reg", "a.auth", "b.auth", "c.reg", "c.auth")]
        asked, first, again, anew, last = files
        of_account = ("--account", self.sat.account)

        def call(*command, manager=False):
            result = self.sat.ctl(*command, manager=manager, json_output=False)
            self.assertEqual(0, result.rc, result)
            return " ".join(result.out.split())

        # What other tests ordered comes before, and is no change later.
        call("sync", "export", anew, "--registration", *of_account)
        call("satellite", "authorize", anew, last, manager=True)
        call("sync", "import", last, *of_account)
        os.unlink(anew)
        os.unlink(last)
        call("sync", "export", asked, "--registration", *of_account)
        text = call("satellite", "authorize", asked, first, manager=True)
        self.assertIn("is authorized", text)
        self.assertNotIn("--root-fingerprint", text, "the satellite has the root already")
        self.assertNotIn("later order", call("satellite", "authorize", asked, again, manager=True))
        time.sleep(0.01)
        call("order", "add", *of_account, "--virtual-account", "Site A", "--license", "Essential", "--quantity", "3",
             "--type", "PERPETUAL", manager=True)
        text = call("satellite", "authorize", asked, again, manager=True)
        self.assertRegex(text, "This file was answered on .*; %s holds that answer again." % again)
        self.assertIn("1 later order is not in it.", text)
        self.assertIn("satellitectl sync import %s --account '%s'" % (again, self.sat.account), text)
        with open(first, "rb") as f, open(again, "rb") as g:
            self.assertEqual(f.read(), g.read())
        self.assertIn("No license changes.", call("sync", "import", again, *of_account))
        call("sync", "export", anew, "--registration", *of_account)
        call("sync", "configure", "--url", "none", *of_account)  # over the network nobody waits for files
        self.assertIn("waits for a new authorization file (exported ", call("sync", "status"))
        call("satellite", "authorize", anew, last, manager=True)
        self.assertRegex(call("sync", "import", last, *of_account),
                         r"UC Manager Essential License \(12\.x\): \d+ -> \d+")

    def test_product_posing_as_the_manager(self):
        product = self.registered()
        with self.unchanged("a forged authorization file"):
            for kind in ("authorization", "response", "resync"):
                with self.subTest(kind=kind):
                    path = self.file("forged-%s.sync" % kind, self.forged(product, kind=kind))
                    self.refused(self.import_file(path))

    def test_garbage(self):
        product = self.registered()
        whole = self.forged(product)
        with self.unchanged("garbage"):
            for what, data in (("empty", b""), ("text", b"hello"), ("gzip of nothing", gzip.compress(b"")),
                               ("gzip of zeros", gzip.compress(bytes(100000))), ("cut", whole[:len(whole) // 2]),
                               ("no manifest", self.bundle([("x", b"y")])),
                               ("manifest alone", self.bundle([("manifest.json", b"{}")])),
                               ("path outside", self.bundle([("../../manifest.json", b"{}")]))):
                with self.subTest(what):
                    self.refused(self.import_file(self.file("x.sync", data)))

    def test_no_such_file(self):
        result = self.import_file(os.path.join(self.folder, "nothing"))
        self.assertEqual(1, result.rc, result)

    def test_files_that_are_none(self):
        """What is wrong with the files on this side is said, and nothing is left behind."""
        pipe, folder = os.path.join(self.folder, "pipe"), os.path.join(self.folder, "folder")
        os.mkfifo(pipe)
        os.mkdir(folder)
        for path in (pipe, folder, "/dev/null"):
            self.refused(self.import_file(path), "FILE_ERROR")
            self.refused(self.sat.ctl("sync", "export", path, "--account", self.sat.account), "FILE_ERROR")
            self.refused(self.sat.ctl("satellite", "authorize", path, path + ".auth", manager=True), "FILE_ERROR")
        self.assertEqual(["folder", "pipe"], sorted(os.listdir(self.folder)))

    def test_a_file_that_was_there(self):
        """It is replaced by a whole one, or stays as it is."""
        path = self.file("x.reg", b"old")
        os.chmod(path, 0o644)
        self.refused(self.sat.ctl("sync", "export", path, "--account", "Nobody"), "ACCOUNT_UNKNOWN")
        with open(path, "rb") as f:
            self.assertEqual(b"old", f.read())
        value = self.done(self.sat.ctl("sync", "export", path, "--account", self.sat.account))
        self.assertEqual((path, os.path.getsize(path)), (value["file"], value["bytes"]))
        self.assertEqual(0o600, os.stat(path).st_mode & 0o7777)
        self.assertEqual(["x.reg"], os.listdir(self.folder))

    def test_larger_than_the_server_takes(self):
        """The server's answer comes through although the file is still on its way."""
        path = self.file("x.sync", b"")
        os.truncate(path, (4 << 30) + 1)
        result = self.import_file(path)
        self.refused(result, "TOO_LARGE")
        self.assertIn("The body has 4294967297 bytes", result.err)

    def test_status(self):
        value = self.done(self.sat.ctl("sync", "status"))
        self.assertEqual("SUCCESS", value["status"])
        row = [a for a in value["accounts"] if a["account"] == self.sat.account][0]
        for member in ("smartAccount", "virtualAccount", "state", "lastSyncAt", "authorityValidUntil"):
            self.assertIn(member, row, json.dumps(value))


if __name__ == "__main__":
    unittest.main()
