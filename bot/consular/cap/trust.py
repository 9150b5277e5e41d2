"""Who signed an alert of others: a service whose certificate staff trust, a stranger, or nobody.

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
MOST_CERTIFICATES = 5  # that an alert brings along
# What signxml and what is below it raise for a signature that cannot be understood: it is
# anybody's, and hostile.
UNCLEAR = (
    InvalidInput, InvalidCertificate, UnsupportedAlgorithm, binascii.Error, etree.LxmlError,
    ValueError, LookupError, TypeError, AttributeError, AssertionError,
)  # fmt: skip


class SignedBy(StrEnum):
    """How far an alert's words are those of whom it names."""

    KNOWN = "known"
    STRANGER = "stranger"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, by the name in a certificate that is trusted; and what was signed, where that
    could be checked.
    """

    by: SignedBy
    name: str = ""
    data: bytes | None = None


@cache
def trusted(path: Path | None) -> Sequence[x509.Certificate]:
    """The certificates of the services that staff trust, read once."""
    return x509.load_pem_x509_certificates(path.read_bytes()) if path else ()


def check(alert: Any, certificates: Sequence[x509.Certificate], now: datetime) -> Signature:
    """Who signed an `alert` element.

    Raises CapError where the signature is broken, or is not one of all of it.
    """
    signatures = list(alert.iter(f"{DS}Signature"))
    if not signatures:
        return Signature(SignedBy.NOBODY)
    is_alone = len(signatures) == 1 and len(list(alert.iter(f"{{{CAP}}}alert"))) == 1
    if not is_alone or signatures[0].getparent() is not alert:
        raise partial()
    return _checked(
        etree.tostring(deepcopy(alert), with_tail=False), signatures[0], certificates, now
    )


def partial() -> CapError:
    """The refusal of what is signed in parts."""
    return CapError(
        N_("Its signature is not one of the whole alert: somebody may have changed it on the way.")
    )


def _checked(
    data: bytes, signature: Any, certificates: Sequence[x509.Certificate], now: datetime
) -> Signature:
    for certificate in certificates:
        try:
            found = _verified(data, certificate, now)
        except UNCLEAR:
            continue  # a key of another kind, or a certificate that is over
        except InvalidDigest:  # the signature is theirs, the words are not
            raise _broken() from None
        except InvalidSignature:
            continue  # somebody else's
        return Signature(SignedBy.KNOWN, _name(certificate), found)
    return Signature(SignedBy.STRANGER, data=_as_it_says(data, signature))


def _verified(data: bytes, certificate: x509.Certificate | None, at: datetime | None) -> bytes:
    """What was signed. `certificate`: None for a bare key that the alert brings along."""
    config = SignatureConfiguration(location="./", require_x509=False, verification_time=at)
    found = XMLVerifier().verify(data, x509_cert=certificate, expect_config=config)
    assert isinstance(found, VerifyResult), "one reference was expected"
    return found.signed_data


def _broken() -> CapError:
    return CapError(N_("Its signature is broken: somebody changed the alert after it was signed."))


def _as_it_says(data: bytes, signature: Any) -> bytes | None:
    """What a stranger signed, by the key the alert brings along; None where it brings none that is
    of use.
    """
    is_broken = False
    keys: list[x509.Certificate | None] = [*_brought(signature)]
    for key in keys or [None]:
        try:
            return _verified(data, key, key.not_valid_before_utc if key is not None else None)
        except UNCLEAR:
            continue
        except InvalidSignature:
            is_broken = True
    if is_broken:
        raise _broken()
    return None


def _brought(signature: Any) -> list[x509.Certificate]:
    """The certificates in it that can be read."""
    found = []
    for one in list(signature.iter(f"{DS}X509Certificate"))[:MOST_CERTIFICATES]:
        try:
            found.append(
                x509.load_der_x509_certificate(binascii.a2b_base64((one.text or "").encode()))
            )
        except ValueError:  # binascii's is one as well
            continue
    return found


def _name(certificate: x509.Certificate) -> str:
    """The name in a certificate, for people."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value if names else certificate.subject.rfc4514_string())[:80]
