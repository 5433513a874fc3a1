"""What is compared with what, how much of it, and what ours must reach. The rows of the report, from the top down."""

import attrs


@attrs.frozen(kw_only=True)
class Target:
    """What a contender must reach, in the words of the table. One of the three numbers is set.

    Attributes:
        contender: whose target it is.
        against: the contender that it is compared with, or all of a kind: in each round with the best of them.
        speed: at least so many times the other's.
        time: at most so many times the other's.
        limit: at most this, of its own figure, or of what else it told by the name of `of`.
        of: see `limit`.
    """

    says: str
    contender: str = "ours"
    against: str = "bare"
    speed: float | None = None
    time: float | None = None
    limit: float | None = None
    of: str = "figure"


@attrs.frozen(kw_only=True)
class Scenario:
    """One comparison.

    Attributes:
        title: what is done.
        unit: of the figures; less is better.
        run: `module:function` of this package, called with a contender's name and a `Job`.
        contenders: names as the function knows them, and what they are; the first is the base of the ratios. A name may
            end with the size of a pool: `official:10` and `official` are of one kind.
        count: how many ids, hits and so on; `quick_count` in a quick run, which leaves out those without.
        slow: kinds of contenders that do a twentieth of that, since they take so long.
        concurrency: requests in flight.
        rounds: fewer where a figure hardly varies or takes minutes, more where it varies most.
        server: arguments of the server; None where there is nothing to ask.
        tls: speak it.
        targets: to be reached.
    """

    title: str
    unit: str
    run: str
    contenders: dict[str, str]
    count: int
    quick_count: int | None
    slow: frozenset[str] = frozenset()
    concurrency: int = 100
    rounds: int = 5
    server: tuple[str, ...] | None = ()
    tls: bool = False
    targets: tuple[Target, ...] = ()


def kind(contender: str) -> str:
    """What it is, whatever the size of its pool."""
    return contender.partition(":")[0]


BARE = "bare aiohttp + orjson, no model"
OURS = "aiopinecone"
OFFICIAL = "official pinecone, a pool of {}"
OFFICIAL_AS_IT_COMES = "official pinecone as it comes"
DESCRIBING = {
    "bare": BARE,
    "ours": f"{OURS}, all on",
    "ours_without_cache": f"{OURS}, `cache=None`",
    "bare_json": "bare aiohttp + json, no model",
    "naive": "`@cached` + `@retry` + aiohttp + `Converter()`",
    "plain_httpx:10": "httpx + orjson, no model",
    "official:10": OFFICIAL.format(10),
    "official": OFFICIAL_AS_IT_COMES,
}
ALONE = {name: DESCRIBING[name] for name in ("bare", "ours", "naive", "plain_httpx:10", "official:10")}
LATE = {name: DESCRIBING[name] for name in ("bare", "ours", "naive")} | {
    "plain_httpx:20": DESCRIBING["plain_httpx:10"],
    "official": OFFICIAL_AS_IT_COMES,
}
POOLS = {f"official:{size}": OFFICIAL.format(size) for size in (10, 20, 50, 100)} | {"official": OFFICIAL_AS_IT_COMES}
SLOW = frozenset({"naive", "plain_httpx", "official"})
BULK_TARGETS = (
    Target(says="at least 0.92 of the floor's speed", speed=0.92),
    Target(says="at least 0.97 of it without a cache", contender="ours_without_cache", speed=0.97),
    Target(says="at least 15 x the official SDK's", speed=15, against="official"),
)

SCENARIOS: dict[str, Scenario] = {
    "server": Scenario(
        title="the server's headroom",
        unit="us an answer",
        run="headroom:server",
        contenders={"bare": BARE, "protocol": "a bare `asyncio.Protocol` that parses nothing"},
        count=5_000,
        quick_count=2_000,
    ),
    "pools": Scenario(
        title="the official SDK's pool, 100 in flight",
        unit="us a backup",
        run="describing:bulk",
        contenders=POOLS,
        count=100,
        quick_count=None,
        rounds=1,
    ),
    "late_pools": Scenario(
        title="its pool at 20 ms latency, 200 in flight",
        unit="us a backup",
        run="describing:bulk",
        contenders=POOLS,
        count=100,
        quick_count=None,
        concurrency=200,
        rounds=1,
        server=("--delay", "0.02"),
    ),
    "bulk": Scenario(
        title="many at once: 100 in flight, an instant server",
        unit="us a backup",
        run="describing:bulk",
        contenders=DESCRIBING,
        slow=SLOW,
        count=5_000,
        quick_count=500,
        targets=BULK_TARGETS,
    ),
    "tls": Scenario(
        title="the same over TLS",
        unit="us a backup",
        run="describing:bulk",
        contenders={name: DESCRIBING[name] for name in DESCRIBING if name not in ("bare_json", "official:10")},
        slow=SLOW,
        count=5_000,
        quick_count=500,
        tls=True,
        targets=BULK_TARGETS,
    ),
    "latency": Scenario(
        title="the same at 20 ms latency, 200 in flight",
        unit="us a backup",
        run="describing:bulk",
        contenders=LATE,
        slow=SLOW,
        count=5_000,
        quick_count=500,
        concurrency=200,
        server=("--delay", "0.02"),
        targets=(
            Target(says="at most 1.05 x the floor's time", time=1.05),
            Target(says="at least 20 x the official SDK's speed", speed=20, against="official"),
        ),
    ),
    "single": Scenario(
        title="one after another (median of single calls)",
        unit="us a backup",
        run="describing:one_after_another",
        contenders=ALONE,
        slow=SLOW,
        rounds=11,
        count=1_000,
        quick_count=300,
        targets=(
            Target(says="at most 1.05 x the floor's time", time=1.05),
            Target(says="at least 3.5 x the official SDK's speed", speed=3.5, against="official"),
        ),
    ),
    "unavailable": Scenario(
        title="5 % of the answers are 503",
        unit="us a backup",
        run="describing:bulk",
        contenders={"retrying_by_hand": "bare aiohttp + orjson in a retry loop by hand", "ours": f"{OURS}, all on"},
        count=5_000,
        quick_count=1_000,
        server=("--unavailable-each", "19"),  # ids, so that of 20 answers one is a 503
        targets=(Target(says="at least 0.85 of the speed of a loop by hand", speed=0.85, against="retrying_by_hand"),),
    ),
    "hit": Scenario(
        title="a hit: `await describe(id)` of what is held",
        unit="us a hit",
        run="caching:hit",
        contenders={
            "async_lru": "async-lru",
            "ours": OURS,
            "cashews": "cashews",
            "aiocache_cached": "aiocache `@cached`",
        },
        slow=frozenset({"cashews", "aiocache_cached"}),
        count=20_000,
        quick_count=5_000,
        targets=(
            Target(says="at most async-lru's time", time=1.0, against="async_lru"),
            Target(says="at most 0.05 x the time of aiocache's `@cached`", time=0.05, against="aiocache_cached"),
        ),
    ),
    "one_id": Scenario(
        title="1,000 callers of one id at once",
        unit="ms for all",
        run="caching:one_id",
        contenders={
            "async_lru": "async-lru over bare aiohttp",
            "ours": OURS,
            "aiocache_stampede": "aiocache `cached_stampede`",
            "bare": "bare aiohttp, no cache",
        },
        count=1_000,
        quick_count=1_000,
        targets=(
            Target(says="one request", limit=1.0, of="requests"),
            Target(says="at most 1.1 x async-lru's time", time=1.1, against="async_lru"),
        ),
    ),
    "decode": Scenario(
        title="decoding: bytes to an object with a datetime",
        unit="us a backup",
        run="decoding:decode",
        contenders={
            "only_orjson": "orjson alone, no object",
            "msgspec_attrs": "msgspec to attrs",
            "ours": f"{OURS}, strict",
            "pydantic_model": "pydantic",
            "cattrs_converter": "orjson + cattrs `Converter()`",
        },
        count=20_000,
        quick_count=5_000,
        server=None,
        targets=(
            Target(says="at most 3 us", limit=3.0),
            Target(says="at most 4.05 x msgspec's (3 us where that takes 0.74)", time=4.05, against="msgspec_attrs"),
        ),
    ),
    "memory": Scenario(
        title="memory for each of 100,000 backups held",
        unit="bytes a backup",
        run="caching:memory",
        contenders={"async_lru": "async-lru with dicts", "ours": OURS},
        slow=frozenset({"async_lru"}),
        count=100_000,
        quick_count=5_000,
        rounds=1,
        targets=(Target(says="at most 760 bytes", limit=760.0),),
    ),
    "import": Scenario(
        title="importing",
        unit="ms of CPU",
        run="importing:importing",
        contenders={
            "aiohttp": "`import aiohttp`",
            "ours": "`import aiopinecone`",
            "official": "`from pinecone import AsyncPinecone`",
        },
        count=3,
        quick_count=1,
        server=None,
        targets=(Target(says="at most 1.15 x the time of `import aiohttp`", time=1.15, against="aiohttp"),),
    ),
    "endless": Scenario(
        title="1,000,000 ids from a generator",
        unit="us of CPU a backup",
        run="describing:endless",
        contenders={"ours": f"{OURS}, all on"},
        count=1_000_000,
        quick_count=8_000,
        rounds=1,
        targets=(
            Target(says="at most 1.05 x the cost in runs of 1,000 in between", limit=1.05, of="times_a_short_run"),
            Target(says="MB by which it grows after the first tenth: at most 5", limit=5.0, of="grown"),
        ),
    ),
}
