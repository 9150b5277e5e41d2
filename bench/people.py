"""200,000 people on PostgreSQL: seeded, searched and listed, while 100,000 an hour register.

The console is asked twice: by its own functions, and over HTTP as a browser does.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from bench import crowd, queries, registrations
from bench.databases import Databases
from bench.house import House, opened
from bench.machine import loops
from bench.report import Figure, percentile
from bot.consular.crises import roster, roster_entries
from bot.consular.crises.roster import Filter
from bot.consular.people import listing, search
from bot.consular.people.listing import Part
from bot.consular.staff import accounts, sessions
from bot.models import Crisis, Household, HouseholdNeed, Role, Staff, binding, copying
from bot.pages.cookies import HOST_PREFIX, SESSION
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring

PEOPLE = 200_000
COUNTRIES = ("TR", "TR", "TR", "SD", "TN", "EG", "DE", "GB")  # three of eight are in one country
COUNTRY = "TR"
CITY = "TR/Istanbul"
VULNERABLE_INTERVAL = 10  # one household of so many goes first
GRAVE_INTERVAL = 50  # one of so many does not bear waiting
REPETITIONS = 60
SEED_SECONDS = 60
SEARCH_MS = 50
PAGE_MS = 100
EMAIL = "officer@example.org"

LISTS: Mapping[str, Filter] = {
    "everybody": Filter(country=COUNTRY),
    "a city": Filter(country=COUNTRY, city=CITY),
    "vulnerable": Filter(country=COUNTRY, tag="vulnerable"),
    "a need": Filter(country=COUNTRY, need="medical"),
    "no answer": Filter("no_answer", country=COUNTRY),
    "stale": Filter("stale", country=COUNTRY),
    "by place": Filter(country=COUNTRY, order="place"),
}

# The lists of the page of people; its parts have pages of their own.
PEOPLE_LISTS: Mapping[str, listing.Filter] = {
    "a country": listing.Filter(COUNTRY),
    "a country, vulnerable": listing.Filter(COUNTRY, listing.VULNERABLE),
    "a country, a need": listing.Filter(COUNTRY, "medical"),
}

Act = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Console:
    """Hold an officer's session at a running web process, and the database that it reads."""

    house: House
    database: Database
    officer: Staff
    cookie: str
    csrf: str
    crisis_id: int

    @property
    def _site(self) -> str:
        return f"http://127.0.0.1:{self.house.web_port}"

    async def post(self, query: str) -> int:
        """Search as the form does; return the bytes of the page. Raises RuntimeError."""
        url = f"{self._site}/people"
        form = {
            "csrf": self.csrf,
            "query": query,
        }
        headers = {
            "Cookie": self.cookie,
            "Sec-Fetch-Site": "same-origin",
        }
        async with self.house.http.post(url, data=form, headers=headers) as response:
            page = await response.text()
        if response.status != 200:
            raise RuntimeError(f"the search answered {response.status}")
        return len(page)

    async def get(self, filters: Filter, page: int) -> int:
        """Open a page of the list; return its bytes. Raises RuntimeError."""
        fields = {
            "standing": filters.standing,
            "country": filters.country,
            "city": filters.city,
            "tag": filters.tag,
            "need": filters.need,
            "sort": filters.order,
            "page": str(page),
        }
        return await self._get(f"/crises/{self.crisis_id}/people?{urlencode(fields)}")

    async def get_people(self, filters: listing.Filter, numbers: Mapping[Part, int]) -> int:
        """Open a page of the people of a country; return its bytes. Raises RuntimeError."""
        fields = {
            "country": filters.country,
            "need": filters.need,
            **{part.value: str(number) for part, number in numbers.items()},
        }
        return await self._get(f"/people?{urlencode(fields)}")

    async def _get(self, address: str) -> int:
        url = f"{self._site}{address}"
        headers = {"Cookie": self.cookie}
        async with self.house.http.get(url, headers=headers) as response:
            written = await response.text()
        if response.status != 200:
            raise RuntimeError(f"the list answered {response.status}")
        return len(written)


async def measure(databases: Databases) -> list[Figure]:
    """Seed people, search and list them, then let others register beside them."""
    url = await databases.migrated("people")
    countries = [word for code in COUNTRIES for word in ("--country", code)]
    seconds = await databases.seed(url, PEOPLE, *countries)
    figures = [_seeded(seconds)]
    async with opened(databases.place / "people", url, databases.keys) as house:
        console = await _console(house)
        await house.web()
        figures += await _searches(console)
        figures += await _people_lists(console)
        figures += await _lists(console)
        await console.database.close()
        figures += await registrations.measure(house)
    return figures


def _seeded(seconds: float) -> Figure:
    rate = PEOPLE / seconds
    core_speed = loops()
    return Figure(
        name=f"{PEOPLE:,} people by `tammen seed`",
        measured=seconds,
        unit="s",
        target=SEED_SECONDS,
        is_ceiling=True,
        comparison=f"{rate:,.0f} a second, {rate / core_speed:.0f} per million loops of a core",
    )


async def _console(house: House) -> Console:
    """Give some households a need, open a crisis in two countries, and sign an officer in."""
    address = house.database.replace("postgresql:", "postgresql+asyncpg:", 1)
    database = open_database(address, Keyring.parse(house.keys))
    await _set_needs(database)
    crisis_id = await crowd.crisis(house.database, house.keys)
    now = SYSTEM_CLOCK()
    async with database.begin() as session:
        officer, _link = await accounts.add(
            session,
            EMAIL,
            Role.HQ_OFFICER,
            None,
            now,
            None,
        )
        token, signed_in = await sessions.sign_in(session, officer, now)
    return Console(
        house=house,
        database=database,
        officer=officer,
        cookie=f"{HOST_PREFIX}{SESSION}={token}",
        csrf=signed_in.csrf,
        crisis_id=crisis_id,
    )


async def _set_needs(database: Database) -> None:
    """Give one household of ten a need; the needs of a few do not bear waiting."""
    now = SYSTEM_CLOCK()
    households: copying.Rows = []
    needs: copying.Rows = []
    for person_id in range(VULNERABLE_INTERVAL, PEOPLE, VULNERABLE_INTERVAL):
        need, rank = "mobility", 1
        if person_id % GRAVE_INTERVAL == 0:
            need, rank = "medical", 2
        household = {
            "person_id": person_id,
            "rank": rank,
            "told_at": now,
        }
        households.append(household)
        needs.append(
            {
                "person_id": person_id,
                "need_index": need,
                "need": need,
            }
        )
    async with database.begin() as session:
        await _add(session, Household, households)
        await _add(session, HouseholdNeed, needs)


async def _add(session: AsyncSession, model: type, rows: copying.Rows) -> None:
    connection = await session.connection()
    portion = copying.portion(connection.dialect, model, binding.bound_rows(model, rows))
    await copying.add(session, portion)


# --- search ---------------------------------------------------------------------------------------


async def _searches(console: Console) -> list[Figure]:
    """Search by names and numbers of people who are there."""
    figures: list[Figure] = []
    for kind, asked in (await queries.made(console.database)).items():
        await _search(console, asked[0])  # the first reads from the disk
        figures += await _of_kind(console, kind, asked)
    return figures


async def _of_kind(console: Console, kind: str, asked: Sequence[str]) -> list[Figure]:
    """Ask each query by the function, and then over HTTP."""
    found = 0
    function_ms: list[float] = []
    page_ms: list[float] = []
    for query in asked:
        began = time.perf_counter()
        people = await _search(console, query)
        searched = time.perf_counter()
        await console.post(query)
        function_ms.append((searched - began) * 1e3)
        page_ms.append((time.perf_counter() - searched) * 1e3)
        found += people > 0
    beside = f"{found} of {len(asked)} queries found somebody"
    return [
        _slow(
            f"search: {kind}",
            function_ms,
            SEARCH_MS,
            beside,
        ),
        _slow(
            f"search: {kind}, over HTTP",
            page_ms,
            SEARCH_MS,
        ),
    ]


async def _search(console: Console, query: str) -> int:
    async with console.database.begin() as session:
        people = await search.search(
            session,
            console.officer,
            query,
            SYSTEM_CLOCK(),
        )
    return len(people)


def _slow(name: str, milliseconds: Sequence[float], target: float, beside: str = "") -> Figure:
    """Return the p95 of a search or a page."""
    p50 = percentile(milliseconds, 50)
    return Figure(
        name=f"p95 of a {name}",
        measured=percentile(milliseconds, 95),
        unit="ms",
        target=target,
        is_ceiling=True,
        comparison=f"p50 {p50:.0f} ms; {beside}".rstrip("; "),
    )


# --- lists ----------------------------------------------------------------------------------------


async def _people_lists(console: Console) -> list[Figure]:
    """Read pages of both parts of a country's people: the first ones, and the last ones."""
    figures: list[Figure] = []
    for name, filters in PEOPLE_LISTS.items():
        numbers = dict.fromkeys(Part, 1)
        totals = await _read_people(console, filters, numbers)
        figures += await _people_page(console, f"{name}, first", filters, numbers)
        for part, total in totals.items():
            numbers[part] = max(1, -(-total // listing.PAGE_PEOPLE))
        figures += await _people_page(console, f"{name}, last", filters, numbers)
    return figures


async def _people_page(
    console: Console,
    name: str,
    filters: listing.Filter,
    numbers: Mapping[Part, int],
) -> list[Figure]:
    """Measure a page of both parts by the function and over HTTP."""
    totals = await _read_people(console, filters, numbers)
    by_function = await _times(lambda: _read_people(console, filters, numbers))
    over_http = await _times(lambda: console.get_people(filters, numbers))
    present, doubtful = totals.values()
    beside = f"{present:,} people present, {doubtful:,} doubtful"
    return [
        _slow(f"page: {name}", by_function, PAGE_MS, beside),
        _slow(f"page: {name}, over HTTP", over_http, PAGE_MS),
    ]


async def _read_people(
    console: Console,
    filters: listing.Filter,
    numbers: Mapping[Part, int],
) -> dict[Part, int]:
    """Read a page of both parts with all it shows; return how many people each part has."""
    now = SYSTEM_CLOCK()
    async with console.database.read() as session:
        portions = await listing.pages(
            session,
            console.officer,
            filters,
            numbers,
            now,
        )
    return {part: portion.total for part, portion in portions.items()}


async def _lists(console: Console) -> list[Figure]:
    """Read pages of the people of one country, the last one of each list as well."""
    figures: list[Figure] = []
    for name, filters in LISTS.items():
        total = await _read(console, filters, 1)
        last = max(1, -(-total // roster.PAGE_PEOPLE))
        figures += await _page(console, f"of a crisis, {name}, first", filters, 1)
        figures += await _page(console, f"of a crisis, {name}, page {last:,}", filters, last)
    return figures


async def _page(console: Console, name: str, filters: Filter, number: int) -> list[Figure]:
    """Measure a page by the function and over HTTP."""
    total = await _read(console, filters, number)
    by_function = await _times(lambda: _read(console, filters, number))
    over_http = await _times(lambda: console.get(filters, number))
    return [
        _slow(
            f"page: {name}",
            by_function,
            PAGE_MS,
            f"{total:,} people",
        ),
        _slow(
            f"page: {name}, over HTTP",
            over_http,
            PAGE_MS,
        ),
    ]


async def _times(act: Act) -> list[float]:
    """Return the milliseconds of each repetition."""
    milliseconds: list[float] = []
    for _repetition in range(REPETITIONS):
        began = time.perf_counter()
        await act()
        milliseconds.append((time.perf_counter() - began) * 1e3)
    return milliseconds


async def _read(console: Console, filters: Filter, page: int) -> int:
    """Read a page with all it shows; return how many people the list has."""
    async with console.database.read() as session:
        crisis = await session.get_one(Crisis, console.crisis_id)
        now = SYSTEM_CLOCK()
        chosen = await roster.page(
            session,
            console.officer,
            crisis,
            filters,
            page,
            now,
        )
        await roster_entries.entries(session, crisis, chosen.ids)
    return chosen.total
