"""Signatures of other people's alerts: by a service that staff trust, by a stranger, or missing.

What is read afterwards is what the signature covers, not the document around it: an alert that was
wrapped into another one (XML signature wrapping) is refused.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.exceptions import InvalidCertificate, InvalidDigest, InvalidInput, InvalidSignature
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from bot.consular.cap.documents import CAP
from bot.consular.cap.drawing import CapError
from bot.consular.errors import N_

DS = "{http://www.w3.org/2000/09/xmldsig#}"
MAX_CERTIFICATES = 5  # that an alert brings along
MAX_NAME_LETTERS = 80
# What signxml and the libraries below it raise for a signature that cannot be understood: anybody
# may have written it, with bad intent.
UNREADABLE_ERRORS = (
    InvalidInput,
    InvalidCertificate,
    UnsupportedAlgorithm,
    binascii.Error,
    etree.LxmlError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
)


class SignedBy(StrEnum):
    """Who signed an alert: a service that staff trust, a stranger, or nobody."""

    KNOWN = "known"
    STRANGER = "stranger"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, with the name in the certificate where it is trusted.

    `data` is what it covers, where that could be checked.
    """

    by: SignedBy
    name: str = ""
    data: bytes | None = None


@cache
def trusted(path: Path | None) -> Sequence[x509.Certificate]:
    """Read the certificates of the services that staff trust, once."""
    if path is None:
        return ()
    return x509.load_pem_x509_certificates(path.read_bytes())


def check(
    alert: Any,
    certificates: Sequence[x509.Certificate],
    now: datetime,
) -> Signature:
    """Check the signature of an `alert` element.

    Raises CapError where the signature is broken, or does not cover the whole alert.
    """
    signatures = list(alert.iter(f"{DS}Signature"))
    if not signatures:
        return Signature(SignedBy.NOBODY)
    alerts = list(alert.iter(f"{{{CAP}}}alert"))
    if len(signatures) > 1 or len(alerts) > 1 or signatures[0].getparent() is not alert:
        raise partial()
    data = etree.tostring(deepcopy(alert), with_tail=False)
    return _checked(data, signatures[0], certificates, now)


def partial() -> CapError:
    """Refuse an alert of which only parts are signed."""
    return CapError(
        N_("Its signature is not one of the whole alert: somebody may have changed it on the way.")
    )


def _checked(
    data: bytes,
    signature: Any,
    certificates: Sequence[x509.Certificate],
    now: datetime,
) -> Signature:
    """Check a signature with the certificates that staff trust, then with what the alert brings."""
    for certificate in certificates:
        try:
            signed_data = _verified(data, certificate, now)
        except UNREADABLE_ERRORS:
            continue  # a key of another kind, or a certificate that is over
        except InvalidDigest:  # the signature is by this service, the content is not
            raise _broken() from None
        except InvalidSignature:
            continue  # somebody else's
        return Signature(SignedBy.KNOWN, _name(certificate), signed_data)
    return Signature(SignedBy.STRANGER, data=_signed_by_stranger(data, signature))


def _verified(
    data: bytes,
    certificate: x509.Certificate | None,
    at: datetime | None,
) -> bytes:
    """Return what was signed. `certificate` is None for a bare key that the alert brings along."""
    config = SignatureConfiguration(location="./", require_x509=False, verification_time=at)
    result = XMLVerifier().verify(data, x509_cert=certificate, expect_config=config)
    assert isinstance(result, VerifyResult), "one reference was expected"
    return result.signed_data


def _broken() -> CapError:
    return CapError(N_("Its signature is broken: somebody changed the alert after it was signed."))


def _signed_by_stranger(data: bytes, signature: Any) -> bytes | None:
    """Return what a stranger signed, by a certificate or a bare key in the signature.

    None where the signature brings none that can be used. Raises CapError where it is broken.
    """
    certificates: list[x509.Certificate | None] = [*_certificates_in(signature)]
    if not certificates:
        certificates.append(None)
    is_broken = False
    for certificate in certificates:
        try:
            return _verified(data, certificate, _start_of(certificate))
        except UNREADABLE_ERRORS:
            continue
        except InvalidSignature:
            is_broken = True
    if is_broken:
        raise _broken()
    return None


def _start_of(certificate: x509.Certificate | None) -> datetime | None:
    """Return when a stranger's certificate began to hold: it may be over by now."""
    if certificate is None:
        return None
    return certificate.not_valid_before_utc


def _certificates_in(signature: Any) -> list[x509.Certificate]:
    """Return the readable certificates that a signature brings along."""
    certificates: list[x509.Certificate] = []
    elements = list(signature.iter(f"{DS}X509Certificate"))
    for element in elements[:MAX_CERTIFICATES]:
        text = element.text or ""
        try:
            data = binascii.a2b_base64(text.encode())
            certificates.append(x509.load_der_x509_certificate(data))
        except ValueError:  # binascii's is one as well
            continue
    return certificates


def _name(certificate: x509.Certificate) -> str:
    """Return the name in a certificate, for people."""
    common_names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if common_names:
        return str(common_names[0].value)[:MAX_NAME_LETTERS]
    return certificate.subject.rfc4514_string()[:MAX_NAME_LETTERS]
