"""The signature of a CAP document (XML-DSig, enveloped), and the key that makes it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidInput, InvalidSignature
from signxml.signer import XMLSigner
from signxml.verifier import XMLVerifier

from bot.runtime.clock import SYSTEM_CLOCK

KEY_BITS = 3072
CERTIFICATE_VALID_FOR = timedelta(days=3650)
MAX_CLOCK_ERROR = timedelta(hours=1)  # of the machines that check a signature
EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class SigningError(Exception):
    """A refusal of a key or a certificate that cannot be used, with the reason."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and its certificate (PEM), read once because that takes a tenth of a second."""

    key: PrivateKey
    certificate: bytes

    def sign(self, alert: Any) -> bytes:
        """Sign an alert, the signature as its last element; return XML in UTF-8."""
        signer = XMLSigner(
            signature_algorithm=self._method(),
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=EXCLUSIVE,
        )
        signed = signer.sign(alert, key=self.key, cert=self.certificate.decode("ascii"))
        return bytes(etree.tostring(signed, xml_declaration=True, encoding="UTF-8"))

    def _method(self) -> SignatureMethod:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return SignatureMethod.RSA_SHA256
        return SignatureMethod.ECDSA_SHA256


def is_signed_by(data: bytes, certificate: bytes) -> bool:
    """Tell whether a document is whole and signed with the key of this certificate (PEM)."""
    try:
        XMLVerifier().verify(data, x509_cert=certificate.decode("ascii"))
    except (InvalidSignature, InvalidInput):
        return False
    return True


def open_signer(
    key: Path | None,
    certificate: Path | None,
    folder: Path,
) -> Signer:
    """Open the signer of these files, else of those in `folder`, which the first call makes.

    Raises SigningError.
    """
    if key is None or certificate is None:
        key = certificate = _key_file(folder)
    return _read(key, certificate, key.stat().st_mtime_ns)


@cache
def _read(
    key: Path,
    certificate: Path,
    _changed_ns: int,
) -> Signer:
    """Read the files again when they have changed, and only then."""
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        public = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise SigningError(
            f"CAP_SIGNING_KEY and CAP_SIGNING_CERT must be PEM files without a password: {error}"
        ) from error
    if not isinstance(private, PrivateKey):
        raise SigningError("CAP_SIGNING_KEY must be an RSA or an EC key")
    if private.public_key() != public.public_key():
        raise SigningError("CAP_SIGNING_CERT is not the certificate of CAP_SIGNING_KEY")
    return Signer(private, public.public_bytes(serialization.Encoding.PEM))


def _pem(key: PrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _key_file(folder: Path) -> Path:
    """Return the file of key and certificate, which its owner alone may read.

    Of two processes that make it, the first one's remains.
    """
    path = folder / "cap-signing.pem"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(_new_pair())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(name, path)
    except FileExistsError:
        pass  # the other one was quicker
    finally:
        Path(name).unlink()
    return path


def _new_pair() -> bytes:
    """Make a key and its certificate, signed by itself (PEM)."""
    key = rsa.generate_private_key(65537, KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tammen CAP signing")])
    now = SYSTEM_CLOCK()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - MAX_CLOCK_ERROR)
        .not_valid_after(now + CERTIFICATE_VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signatures_only(), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _pem(key) + certificate.public_bytes(serialization.Encoding.PEM)


def _signatures_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
