"""The two clients: settings, connections, policy, and the operations bound to them.

Drivers, transports and policy are imported with the first client that is made: who only imports the clients, as command
lines do, does not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, SupportsIndex, TypeVar, Unpack

from . import transports
from .api.chat import Chat
from .api.money import Money
from .api.objects import Objects
from .api.tool_runs import ToolRuns
from .core.errors import ConfigurationError
from .core.forking import make_forks_safe
from .core.secret import seal
from .core.wire import Call
from .operation import DriverT
from .settings import Settings, SettingsOptions
from .signatures import list_options

if TYPE_CHECKING:
    from .api.credits import AccountCredits
    from .api.endpoints import Endpoints
    from .api.generations import Generations
    from .api.keys import Keys
    from .api.models import Models
    from .api.providers import Providers
    from .api.registry import ModelRegistry
    from .drivers import AsyncDriver, SyncDriver  # noqa: F401 - ruff overlooks them among the bases of the clients
    from .effects import Flow
    from .policy import Ledger, Policy, Totals
    from .registry.catalogue import Catalogue
    from .transports import AsyncHTTPClient, HTTPClient

T = TypeVar("T")

make_forks_safe()

_OF_THE_CONNECTIONS: Final = frozenset({"max_connections", "keepalive_expiry", "proxy", "http2", "trust_env"})


class Client(Chat[DriverT], Objects[DriverT], ToolRuns[DriverT], Money[DriverT]):
    """What both clients are: operations, settings, and the books of their policy."""

    _owns_connections = True

    @property
    def settings(self) -> Settings:
        """What the client was made with."""
        return self.driver.settings

    @property
    def policy(self) -> Policy:
        """What decides about retries, limits and the breaker, and keeps the ledger."""
        return self.driver.policy

    @property
    def ledger(self) -> Ledger:
        """What was spent, by model, key and user."""
        return self.policy.ledger

    @property
    def totals(self) -> Totals:
        """The sums of the policy's ledger: requests, tokens, USD, latency."""
        return self.ledger.totals(self.driver.now())

    @property
    def models(self) -> Models[DriverT]:
        """The models that are offered: `client.models.list()`."""
        from .api.models import Models  # noqa: PLC0415 - who only chats does not wait for these classes

        return Models(self.driver)

    @property
    def endpoints(self) -> Endpoints[DriverT]:
        """Who serves a model, at what price and how fast: `client.endpoints.list(model)`."""
        from .api.endpoints import Endpoints  # noqa: PLC0415 - as above

        return Endpoints(self.driver)

    @property
    def providers(self) -> Providers[DriverT]:
        """The providers that serve models: `client.providers.list()`."""
        from .api.providers import Providers  # noqa: PLC0415 - as above

        return Providers(self.driver)

    @property
    def generations(self) -> Generations[DriverT]:
        """The records of what models made, and what it cost in the end: `client.generations.wait(reply.id)`."""
        from .api.generations import Generations  # noqa: PLC0415 - as above

        return Generations(self.driver)

    @property
    def credits(self) -> AccountCredits[DriverT]:
        """What is left of what was bought for the account: `client.credits.get()`."""
        from .api.credits import AccountCredits  # noqa: PLC0415 - as above

        return AccountCredits(self.driver)

    @property
    def keys(self) -> Keys[DriverT]:
        """What the key in use may spend, and has spent: `client.keys.current()`."""
        from .api.keys import Keys  # noqa: PLC0415 - as above

        return Keys(self.driver)

    @property
    def registry(self) -> ModelRegistry[DriverT]:
        """What is known of the models, kept for an hour: `client.registry.find(capability="tools")`."""
        from .api.registry import ModelRegistry  # noqa: PLC0415 - as above

        return ModelRegistry(self.driver)

    def get_usage_stats(self) -> dict[str, Any]:
        """Give `totals` as a dict of plain values."""
        return self.totals.to_dict()

    @list_options
    def with_options(self, **options: Unpack[SettingsOptions]) -> Self:
        """Give a client with other settings on the same connections and policy. Closing it closes nothing.

        Raises `ConfigurationError` for a setting of the connections themselves, such as `proxy`.
        """
        seal(options)
        if taken := sorted(_OF_THE_CONNECTIONS & options.keys()):
            message = f"with_options() shares the connections, and {taken[0]} belongs to them: make another client."
            raise ConfigurationError(message)
        other = object.__new__(type(self))
        vars(other).update(vars(self))
        other.driver = self.driver.with_settings(self.settings.replace(**options))
        other._owns_connections = False
        return other

    def __copy__(self) -> Self:
        """Give what `with_options()` gives: connections and policy are shared, whatever is copied."""
        return self.with_options()

    def __deepcopy__(self, _: object) -> Self:
        return self.with_options()

    def __reduce_ex__(self, _: SupportsIndex) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"No {name} can be pickled, as it holds connections and locks. "
            f"Pickle client.settings, and make {name}(settings=settings) of them where they arrive."
        )

    def __repr__(self) -> str:
        if "driver" not in vars(self):  # as tracebacks of a constructor that failed may show it
            return f"{type(self).__name__}(unfinished)"
        return f"{type(self).__name__}(base_url={self.settings.base_url!r}, model={self.settings.model!r})"


class SyncClient(Client["SyncDriver"]):
    """A client that blocks. Threads may share it.

    Without arguments it takes its settings from the environment, the key from `OPENROUTER_API_KEY`. `policy` is shared
    by all clients that are given the same one: retries, rate limits, circuit breaker and ledger. `http` is an
    `httpx.Client` of your own to send through; it stays yours to close.

    The other arguments are settings; all times are in seconds. The page Clients of the documentation tells what each
    of them means.

    Raises `ConfigurationError` for settings that cannot work, before anything is sent.
    """

    @list_options
    def __init__(
        self,
        *,
        settings: Settings | None = None,
        policy: Policy | None = None,
        http: HTTPClient | None = None,
        **options: Unpack[SettingsOptions],
    ) -> None:
        seal(options)
        _refuse_strangers(settings, policy, http)
        made = _settings(settings, options)
        from .drivers import SyncDriver  # noqa: PLC0415 - see the top
        from .policy import Policy  # noqa: PLC0415 - the same

        super().__init__(
            SyncDriver(made, policy or Policy(), transports.sync_transport(made, http), catalogue=_catalogue)
        )
        self.ledger.open(self.driver.now())

    def send(self, call: Call[T]) -> T:
        """Run any call, made by a builder such as `Chat.complete` or by hand."""
        return self.driver.send(call)

    def close(self) -> None:
        """Close the connections. The client cannot be used afterwards; closing it again does nothing.

        Replies that are on their way still come to their end. What waits for its turn, in the queue or for another
        attempt, raises `ClosedClientError` when that comes.
        """
        if self._owns_connections:
            self.driver.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(Client["AsyncDriver"]):
    """A client that awaits, on asyncio and on trio. Tasks may share it.

    Arguments and errors as for `SyncClient`; `http` is an `httpx.AsyncClient`.
    """

    @list_options
    def __init__(
        self,
        *,
        settings: Settings | None = None,
        policy: Policy | None = None,
        http: AsyncHTTPClient | None = None,
        **options: Unpack[SettingsOptions],
    ) -> None:
        seal(options)
        _refuse_strangers(settings, policy, http)
        made = _settings(settings, options)
        from .drivers import AsyncDriver  # noqa: PLC0415 - see the top
        from .policy import Policy  # noqa: PLC0415 - the same

        super().__init__(
            AsyncDriver(made, policy or Policy(), transports.async_transport(made, http), catalogue=_catalogue)
        )
        self.ledger.open(self.driver.now())

    async def send(self, call: Call[T]) -> T:
        """Run any call, made by a builder such as `Chat.complete` or by hand."""
        return await self.driver.send(call)

    async def aclose(self) -> None:
        """Close the connections, as `SyncClient.close` does."""
        if self._owns_connections:
            await self.driver.transport.aclose()

    close = aclose

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _catalogue(seconds: float | None) -> Flow[Catalogue]:
    from .api.registry_loading import catalogue_flow  # noqa: PLC0415 - for those who have a budget, or check their requests

    return catalogue_flow(within=seconds, again=False)


def _refuse_strangers(settings: object, policy: object, http: object) -> None:
    """Refuse arguments that are something else than their names say."""
    from .policy import Policy  # noqa: PLC0415 - see the top

    if settings is not None and not isinstance(settings, Settings):
        raise ConfigurationError("settings= has to be a Settings: a mapping becomes one by Settings.from_mapping.")
    if policy is not None and not isinstance(policy, Policy):
        raise ConfigurationError("policy= has to be a Policy, such as Policy(retry=Retry(max_retries=5)).")
    if http is not None and not (hasattr(http, "build_request") and hasattr(http, "send")):
        raise ConfigurationError("http= has to be a client such as httpx.Client; FakeOpenRouter gives one by http().")


def _settings(settings: Settings | None, options: SettingsOptions) -> Settings:
    """Lay the arguments over the settings given, or over the environment; make sure that there is a key."""
    made = Settings.from_env(**options) if settings is None else settings.replace(**options)
    made.require_key()
    return made
