"""Pin the images of others by digest, in the Dockerfile and in deploy/.

    python -m tools.digests [--registry https://registry-1.docker.io]

A tag stays before its digest (`postgres:17-bookworm@sha256:…`), so a later run finds the newest
image of the same tag. Files change only when the registry named every digest; exit code 2 when it
did not.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Sequence

from tools.environments import ROOT

REGISTRY = "https://registry-1.docker.io"
TIMEOUT_SECONDS = 30
UNREACHABLE = 2
INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
# Where an image of others stands in a file, with or without a digest.
PLACES = {
    "Dockerfile": re.compile(r"(?<=^FROM )([\w./-]+:[\w.-]+)(?:@sha256:\w+)?", re.MULTILINE),
    "deploy/compose.yaml": re.compile(r"(?<=_IMAGE:-)([\w./-]+:[\w.-]+)(?:@sha256:\w+)?"),
    "deploy/example.env": re.compile(r"(?<=_IMAGE=)([\w./-]+:[\w.-]+)(?:@sha256:\w+)?"),
}
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


class RegistryError(Exception):
    """The registry did not name a digest."""


def main(arguments: Sequence[str]) -> int:
    """Ask for all digests, then write them; return the exit code."""
    options = read(arguments)
    digests: dict[str, str] = {}
    try:
        for image in images(options.folder):
            digests[image] = digest_of(options.registry, image)
    except RegistryError as error:
        print(f"Nothing was changed: {error}", file=sys.stderr)
        return UNREACHABLE
    pin(options.folder, digests)
    for image, digest in digests.items():
        print(f"{image}@{digest}")
    return 0


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.digests")
    parser.add_argument(
        "--registry",
        default=REGISTRY,
        help="address of the registry",
    )
    parser.add_argument(
        "--folder",
        default=ROOT,
        type=Path,
        help="where the files are",
    )
    return parser.parse_args(arguments)


def images(folder: Path) -> list[str]:
    """List the images of others, by name and tag."""
    named: dict[str, None] = {}
    for file, place in PLACES.items():
        path = folder / file
        text = path.read_text(encoding="utf-8")
        for image in place.findall(text):
            named[image] = None
    return list(named)


def pin(folder: Path, digests: dict[str, str]) -> None:
    """Write the digests behind the tags."""
    for file, place in PLACES.items():
        path = folder / file
        text = path.read_text(encoding="utf-8")
        pinned = place.sub(lambda match: f"{match[1]}@{digests[match[1]]}", text)
        path.write_text(pinned, encoding="utf-8")


def digest_of(registry: str, image: str) -> str:
    """Ask for the digest of an image for all kinds of machines. Raises RegistryError."""
    name, tag = image.rsplit(":", 1)
    repository = name if "/" in name else f"library/{name}"
    address = f"{registry}/v2/{repository}/manifests/{tag}"
    try:
        digest = head(address, token="")
    except (OSError, ValueError) as error:
        raise RegistryError(f"{address}: {error}") from error
    if not DIGEST.fullmatch(digest):
        raise RegistryError(f"{address}: no digest came")
    return digest


def head(address: str, token: str) -> str:
    """Ask for the digest of a manifest; where the registry wants a token, get one and ask again."""
    headers = {"Accept": ", ".join(INDEX_TYPES)}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(  # noqa: S310  # whoever pins gives the address
        address,
        headers=headers,
        method="HEAD",
    )
    try:
        with urllib.request.urlopen(  # noqa: S310
            request,
            timeout=TIMEOUT_SECONDS,
        ) as response:
            digest = response.headers.get("Docker-Content-Digest", "")
            return str(digest)
    except urllib.error.HTTPError as error:
        challenge = error.headers.get("WWW-Authenticate", "")
        if error.code != 401 or token:
            raise
    return head(address, token_for(challenge))


def token_for(challenge: str) -> str:
    """Get the token that a registry asks for; it gives one to everybody who reads."""
    fields = dict(CHALLENGE.findall(challenge))
    realm = fields.pop("realm", "")
    question = urllib.parse.urlencode(fields)
    with urllib.request.urlopen(  # noqa: S310
        f"{realm}?{question}",
        timeout=TIMEOUT_SECONDS,
    ) as response:
        answer = json.load(response)
    token = answer.get("token", "")
    return str(token)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
