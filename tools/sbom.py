"""Write bills of materials (CycloneDX 1.6) of what runs: the gateway with its front end, and Rasa.

    python -m tools.sbom [FOLDER]

They are made from the locks, with the hashes that installing demands, and from the lists of the
front-end files and fonts. Rasa's holds what docs/vex.md says of known vulnerabilities (VEX). The
same locks give the same files, byte for byte.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, Sequence
from urllib.parse import quote

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools import pins, vex
from tools.environments import ENVIRONMENTS, ROOT
from tools.pins import Asset
from tools.vex import Statement

FOLDER = ROOT / "dist" / "sbom"
ADVISORY_PAGE = "https://osv.dev/vulnerability/"
PROGRAM = ("-W", "ignore", "-m", "cyclonedx_py", "requirements")
OPTIONS = ("--output-reproducible", "--sv", "1.6", "--no-validate")  # `faults` checks the whole
PURL_TYPES = {pins.NPM: "npm", pins.DEBIAN: "deb/debian"}
Document = Dict[str, Any]


def main(arguments: Sequence[str]) -> None:
    """Write both bills into a folder."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in bills().items():
        path = folder / f"{name}.cdx.json"
        text = text_of(document)
        path.write_text(text, encoding="utf-8")
        count = len(document["components"])
        print(f"{path}: {count} components")


def bills() -> dict[str, Document]:
    """Make the bills of the gateway and of Rasa's server, by their names."""
    gateway = of_lock("gateway", "tammen")
    gateway["components"] += map(of_asset, pins.assets())
    gateway["components"] += map(of_asset, pins.fonts())
    nlu = of_lock("nlu", "tammen-nlu")
    nlu["vulnerabilities"] = list(vulnerabilities(nlu))
    for document in (gateway, nlu):
        document["dependencies"] = [needs(document)]
    return {"gateway": gateway, "nlu": nlu}


def of_lock(name: str, application: str) -> Document:
    """Make the bill of an environment by its lock. Raises CalledProcessError."""
    lock = ENVIRONMENTS[name].lock
    command = [sys.executable, *PROGRAM, *OPTIONS, str(lock)]
    output = subprocess.check_output(command)
    document: Document = json.loads(output)
    document["metadata"]["component"] = {
        "type": "application",
        "bom-ref": application,
        "name": application,
    }
    for component in document["components"]:
        component["bom-ref"] = component["purl"]
        component.pop("description", None)  # the line of the lock, whose hashes stand below
    return document


def needs(document: Document) -> Document:
    """Say that the application needs all its components; locks do not say who needs which."""
    application = document["metadata"]["component"]
    names = [component["bom-ref"] for component in document["components"]]
    return {
        "ref": application["bom-ref"],
        "dependsOn": sorted(names),
    }


def of_asset(asset: Asset) -> Document:
    """Describe a file of the front end, or a font."""
    package = quote(asset.pin.name, safe="/")
    address = f"pkg:{PURL_TYPES[asset.pin.ecosystem]}/{package}@{asset.pin.version}"
    digest = {
        "alg": "SHA-256",
        "content": asset.sha256,
    }
    licence = {"name": asset.licence}
    return {
        "type": "file",
        "bom-ref": f"{address}#{asset.file}",
        "name": asset.file,
        "version": asset.pin.version,
        "purl": f"{address}#{asset.file}",
        "hashes": [digest],
        "licenses": [{"license": licence}],
    }


def vulnerabilities(document: Document) -> Iterator[Document]:
    """Say of each judged advisory which component it is about and what we made of it."""
    for statement in vex.statements():
        component = component_of(document, statement)
        for advisory in statement.advisories:
            source = {
                "name": "OSV",
                "url": ADVISORY_PAGE + advisory,
            }
            yield {
                "id": advisory,
                "source": source,
                "analysis": analysis(statement),
                "affects": [{"ref": component}],
            }


def component_of(document: Document, statement: Statement) -> str:
    """Find the component of a statement. Raises LookupError when it is pinned no longer."""
    for component in document["components"]:
        is_same = component["name"] == statement.package
        if is_same and component["version"] == statement.version:
            return str(component["bom-ref"])
    raise LookupError(f"{statement.package} {statement.version} is not in Rasa's lock")


def analysis(statement: Statement) -> Document:
    """Write a statement in CycloneDX's words."""
    judged: Document = {
        "state": statement.state,
        "detail": statement.why,
    }
    if statement.state == vex.NOT_AFFECTED:
        judged["justification"] = statement.justification
    else:
        judged["response"] = ["workaround_available"]
    return judged


def faults(document: Document) -> list[str]:
    """Check a bill against CycloneDX's own schema; return what is wrong."""
    text = text_of(document)
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    errors = validator.validate_str(text, all_errors=True)
    return [str(error) for error in errors or ()]


def text_of(document: Document) -> str:
    """Write a bill as it stands in its file."""
    text = json.dumps(
        document,
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
    )
    return text + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
