"""Services that tools ask: one with published vulnerabilities (OSV), and a registry of images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.http import Server

PAGE_ENTRIES = 5


@dataclass
class AdvisoryService(Server):
    """`known` are vulnerabilities by name of a package and version; `asked` is what came."""

    known: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    asked: set[tuple[str, str, str]] = field(default_factory=set)
    status: int = 200

    def app(self) -> web.Application:
        """One address, one question at a time."""
        app = web.Application()
        app.router.add_post("/v1/query", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        question = await request.json()
        package, version = question["package"], question["version"]
        self.asked.add((package["ecosystem"], package["name"], version))
        known = self.known.get((package["name"], version), [])
        page = int(question.get("page_token", "0"))
        end = page + PAGE_ENTRIES
        answer: dict[str, Any] = {"vulns": known[page:end]} if known else {}
        if end < len(known):
            answer["next_page_token"] = str(end)
        return web.json_response(answer, status=self.status)


@dataclass
class ImageRegistry(Server):
    """Names the digests of images (`library/python:3.13`), to those with a token it gives."""

    digests: dict[str, str] = field(default_factory=dict)

    def app(self) -> web.Application:
        """Manifests, and the tokens for them."""
        app = web.Application()
        app.router.add_get("/token", self._token)
        app.router.add_head("/v2/{name:.+}/manifests/{tag}", self._manifest)
        return app

    async def _token(self, request: web.Request) -> web.Response:
        return web.json_response({"token": f"for {request.query['scope']}"})

    async def _manifest(self, request: web.Request) -> web.Response:
        name, tag = request.match_info["name"], request.match_info["tag"]
        scope = f"repository:{name}:pull"
        if request.headers.get("Authorization") != f"Bearer for {scope}":
            challenge = f'Bearer realm="{self.url}/token",service="stub",scope="{scope}"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        digest = self.digests.get(f"{name}:{tag}")
        if digest is None:
            return web.Response(status=404)
        return web.Response(headers={"Docker-Content-Digest": digest})
