"""A satellite of its own, written from protocol.md alone: keys, registration and request files; reads what comes back."""

import datetime
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
import uuid as uuid_module

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import product as P

ROOTLESS = ("virtual_accounts", "product_instances", "usage", "reservations", "removed")


def certificate(key, subject, issuer_key, issuer=None, days=3000):
    """A signer: CA:FALSE, digitalSignature, emailProtection."""
    now = datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer.subject if issuer else name)
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(minutes=65))
               .not_valid_after((getattr(issuer, "not_valid_after_utc", None) or issuer.not_valid_after) if issuer else now + datetime.timedelta(days=days)))
    usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                           "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    usage["digital_signature"] = True
    authority = (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value) if issuer
        else x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()))
    for extension, critical in ((x509.BasicConstraints(False, None), True), (x509.KeyUsage(**usage), True),
                                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
                                (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
                                (authority, False)):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def usage_id(piid, tag):
    """As man/satellite-sync.7 says."""
    raw = bytearray(hashlib.sha256((piid + "\0" + tag).encode()).digest()[:16])
    raw[6], raw[8] = raw[6] & 0x0f | 0x80, raw[8] & 0x3f | 0x80
    return str(uuid_module.UUID(bytes=bytes(raw)))


def read(data):
    """name -> bytes of a file's members."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        return {m.name: tar.extractfile(m).read() for m in tar}


def records(data, part):
    return [json.loads(line) for line in read(data)[part + ".ndjson"].splitlines()]


def manifest_of(data):
    return json.loads(read(data)["manifest.json"])


class Satellite:
    def __init__(self, account="Py", name="python satellite"):
        self.uuid, self.account, self.name = str(uuid_module.uuid4()), account, name
        self.key, self.signer_key = P.new_key(), P.new_key()
        self.sub_ca = self.signer = None
        self.place = str(uuid_module.uuid4())
        self.sequence = self.base = 0
        self.previous = None

    def bundle(self, manifest, parts, signer=None, key=None, chain=()):
        manifest = dict(manifest, parts=[
            {"name": n, "records": data.count(b"\n") if n.endswith(".ndjson") else 0, "bytes": len(data),
             "sha256": hashlib.sha256(data).hexdigest()} for n, data in parts])
        text = P.compact(manifest).encode()
        with tempfile.TemporaryDirectory() as folder:
            def put(name, data):
                with open(folder + "/" + name, "wb") as f:
                    f.write(data)
                return folder + "/" + name
            command = ["openssl", "cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256", "-in",
                       put("text", text), "-signer", put("cert", P.pem(signer or self.signer).encode()), "-inkey",
                       put("key", P.private_pem(key or self.signer_key))]
            if chain:
                command += ["-certfile", put("chain", "".join(P.pem(c) for c in chain).encode())]
            signed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w:gz", format=tarfile.USTAR_FORMAT) as tar:
            for name, data in [("manifest.json", text), ("manifest.p7s", signed)] + parts:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        self.digest = hashlib.sha256(text).hexdigest()
        return raw.getvalue()

    def csr(self, key=None):
        text = P.make_csr(key or self.key)
        return text if isinstance(text, bytes) else text.encode()

    def head(self, kind, sequence, base, mode):
        return {"format": "satellite-sync/1", "kind": kind, "satellite": self.uuid, "account": self.account,
                "sequence": sequence, "base_sequence": base, "mode": mode, "created_at": P.now_ms(),
                "name": self.name}

    def registration(self, smart_account, virtual_account):
        manifest = dict(self.head("registration", 0, 0, "full"), smart_account=smart_account,
                        virtual_account=virtual_account)
        cert = certificate(self.key, self.name, self.key)
        return self.bundle(manifest, [("csr.pem", self.csr())], cert, self.key)

    def authorized(self, data):
        self.sub_ca = P.load_certificates(read(data)["chain.pem"].decode())[0]
        self.signer = certificate(self.signer_key, self.name, self.key, self.sub_ca)

    def instance(self, host, **change):
        return dict({"id": str(uuid_module.uuid4()), "virtual_account": self.place, "udi_pid": "UCM",
                     "udi_serial_number": host, "uuid": "", "software_tag_identifier": "regid.x", "hostname": host,
                     "product_version": None, "ip_address": None, "mac_address": None, "export_controlled": False,
                     "authorized": True, "registered_at": P.now_ms(), "expires_at": P.now_ms() + 365 * P.DAY_MS},
                    **change)

    def usage(self, instance, tag, count):
        return {"id": usage_id(instance["id"], tag), "piid": instance["id"], "tag": tag, "count": count}

    def request(self, mode="full", csr_key=None, change=None, **parts):
        """A new one; parts: lists of records."""
        self.sequence += 1
        if mode == "full":
            parts.setdefault("virtual_accounts", [{"id": self.place, "name": "Default", "description": "",
                                                   "is_default": True}])
        files = [(name + ".ndjson", "".join(P.compact(r) + "\n" for r in parts.get(name, [])).encode())
                 for name in ROOTLESS]
        manifest = self.head("request", self.sequence, self.base, mode)
        if self.previous:
            manifest["previous_sha256"] = self.previous
        manifest.update(change or {})
        data = self.bundle(manifest, files + [("csr.pem", self.csr(csr_key))], chain=[self.sub_ca])
        self.previous = self.digest
        return data
