"""Who signed an alert: a service we trust, a stranger, nobody; and what was changed or wrapped is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.signer import XMLSigner

from bot.consular.cap import reading, trust
from bot.consular.cap.drawing import CapError
from bot.consular.cap.reading import Alert
from bot.consular.cap.signing import Signer, open_signer
from bot.consular.cap.trust import SignedBy
from tests.consular.cap.alerts import NOW, alert, atom
from tests.consular.cap.test_signing import own_signer

ARABIC = "أمطار غزيرة على الساحل"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return own_signer(tmp_path_factory.mktemp("known"))


def certificates(*signers: Signer) -> list[x509.Certificate]:
    return [x509.load_pem_x509_certificate(one.certificate) for one in signers]


def signed(by: Signer, words: str = "") -> str:
    return by.sign(etree.fromstring((words or alert()).encode())).decode()


def read(words: str | bytes, *trusted: Signer) -> Alert:
    data = words.encode() if isinstance(words, str) else words
    (found,) = reading.read(data, NOW, certificates(*trusted))
    return found


def test_a_service_we_trust_is_named(known: Signer, tmp_path: Path) -> None:
    other = open_signer(None, None, tmp_path)
    found = read(signed(known), other, known)
    assert (found.signature.by, found.signature.name) == (SignedBy.KNOWN, "وزارة الخارجية")
    assert found.infos[1].headline == ARABIC


def test_an_alert_inside_of_a_feed_is_checked_as_well(known: Signer) -> None:
    inside = signed(known, alert(declared=False)).partition("?>")[2]
    assert read(atom(f"<content>{inside}</content>"), known).signature.by is SignedBy.KNOWN


def test_a_stranger_is_told_apart(known: Signer, tmp_path: Path) -> None:
    for trusted in ([], [open_signer(None, None, tmp_path)]):
        found = read(signed(known), *trusted)
        assert (found.signature.by, found.signature.name) == (SignedBy.STRANGER, "")
        assert found.infos[1].headline == ARABIC


def test_without_a_signature_nobody_signed(known: Signer) -> None:
    assert read(alert(), known).signature.by is SignedBy.NOBODY


def test_a_certificate_that_is_over_is_a_strangers(known: Signer) -> None:
    later = NOW.replace(year=2042)
    words = signed(known, re.sub("2026-11-2", "2042-11-2", alert()))
    (found,) = reading.read(words.encode(), later, certificates(known))
    assert found.signature.by is SignedBy.STRANGER


def test_a_signature_that_brings_no_key_is_a_strangers_unless_we_know_it(known: Signer) -> None:
    words = re.sub("<ds:KeyInfo>.*</ds:KeyInfo>", "", signed(known), flags=re.DOTALL)
    assert read(words).signature.by is SignedBy.STRANGER
    assert read(words, known).signature.by is SignedBy.KNOWN
    with pytest.raises(CapError, match="broken"):
        read(words.replace(ARABIC, "لا خطر على الساحل"), known)


def changed_words(words: str) -> str:
    return words.replace(ARABIC, "لا خطر على الساحل")


def changed_value(words: str) -> str:
    value = re.search("<ds:SignatureValue>(.)", words)
    assert value is not None
    other = "A" if value[1] != "A" else "B"
    return words.replace(value[0], value[0][:-1] + other)


def added(words: str) -> str:
    return words.replace("<ds:Signature ", "<info/><ds:Signature ", 1)


@pytest.mark.parametrize("change", [changed_words, changed_value, added])
@pytest.mark.parametrize("is_trusted", [True, False])
def test_what_was_changed_is_refused(
    known: Signer, change: Callable[[str], str], is_trusted: bool
) -> None:
    words = change(signed(known))
    assert words != signed(known)
    with pytest.raises(CapError, match="Its signature is broken"):
        read(words, *([known] if is_trusted else []))


def pieces(words: str) -> tuple[str, str]:
    """The alert as it was signed, with its own signature, and the signature alone."""
    inner = words.partition("?>")[2].strip()
    signature = re.search("<ds:Signature .*</ds:Signature>", inner, re.DOTALL)
    assert signature is not None
    return inner, signature[0]


def outer(inside: str, last: str = "") -> str:
    """Somebody else's alert with this inside of it."""
    words = alert((ARABIC, "اخرجوا الآن إلى الساحل"), declared=False)
    return words.replace("</alert>", f"{inside}{last}</alert>")


def test_an_alert_that_is_wrapped_into_another_one_is_refused(known: Signer) -> None:
    inner, signature = pieces(signed(known))
    bare = inner.replace(signature, "")
    in_object = signature.replace(
        "</ds:Signature>", f"<ds:Object>{bare}</ds:Object></ds:Signature>"
    )
    for words in (
        outer(inner),
        outer(bare, signature),
        outer("", in_object),
        outer(f"<x>{signature}</x>"),
    ):
        with pytest.raises(CapError, match="not one of the whole alert"):
            read(words, known)


def test_a_signature_of_a_part_alone_is_refused(known: Signer) -> None:
    """Signed is one `info` with an Id; the rest around it is somebody else's."""
    root = etree.fromstring(alert().encode())
    root[-1].set("Id", "a")
    signer = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256)
    words = signer.sign(root, key=known.key, cert=known.certificate.decode(), reference_uri="#a")
    with pytest.raises(CapError, match="not one of the whole alert"):
        read(etree.tostring(words), known)


def test_two_signatures_are_refused(known: Signer) -> None:
    inner, signature = pieces(signed(known))
    with pytest.raises(CapError, match="not one of the whole alert"):
        read(inner.replace("</alert>", f"{signature}</alert>"), known)


DS = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'


@pytest.mark.parametrize(
    "inside", ["", "<ds:SignedInfo/>", "<ds:KeyInfo><ds:X509Data/></ds:KeyInfo>", "كلام"]
)
def test_a_signature_that_means_nothing_is_a_strangers(known: Signer, inside: str) -> None:
    words = alert(("</alert>", f"<ds:Signature {DS}>{inside}</ds:Signature></alert>"))
    assert read(words, known).signature.by is SignedBy.STRANGER


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("xmldsig-more#ecdsa-sha256", "xmldsig-more#none"),
        ("xmlenc#sha256", "xmldsig#sha1"),
        ('URI=""', 'URI="file:///etc/passwd"'),
        ('URI=""', 'URI="http://127.0.0.1:1/x"'),
        ("<ds:X509Certificate>", "<ds:X509Certificate>%%%"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>؟"),
    ],
)
def test_a_hostile_signature_does_no_harm_and_is_never_trusted(
    known: Signer, old: str, new: str
) -> None:
    words = signed(known)
    assert old in words
    try:
        assert read(words.replace(old, new)).signature.by is SignedBy.STRANGER
    except CapError as error:
        assert "signature" in str(error)  # noqa: PT017  # either is right


def test_no_file_trusts_nobody() -> None:
    assert trust.trusted(None) == ()
