"""Where a request comes from, coarsely: enough for somebody to recognise their own session."""

from __future__ import annotations

from starlette.requests import Request

from bot.consular.staff.sessions import Origin
from bot.pages import networks

# What a user agent contains, in the order to look: Edge calls itself Chrome, and Chrome Safari.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def of(request: Request) -> Origin:
    """Return the browser ("Firefox, Linux") and the network ("192.0.2.0/24") of a request."""
    agent = request.headers.get("user-agent", "")
    parts = (_first_of(BROWSERS, agent), _first_of(SYSTEMS, agent))
    browser = ", ".join(filter(None, parts))
    network = networks.shown(host(request))
    return Origin(browser or None, network or None)


def host(request: Request) -> str:
    """Return the address a request comes from; behind a proxy, see `FORWARDED_ALLOW_IPS`."""
    return request.client.host if request.client else ""


def _first_of(names: dict[str, str], agent: str) -> str:
    for part, name in names.items():
        if part in agent:
            return name
    return ""
