"""Settings of the app, read once from the environment. A test compares docs/settings.md with this file."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

VERSION = "0.1.0"

_HOST_STORAGE = "AzureWebJobsStorage"
"""Variable of the Functions host: the connection string of the storage account that the host uses itself."""

_AZURE_NEEDS = (
    ("AZURE_OPENAI_CHAT_DEPLOYMENT_NAME", "AZURE_OPENAI_ENDPOINT"),
    ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"),
    ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_CHAT_DEPLOYMENT_NAME"),
)
"""Pairs of variables: the first is of no use without the second."""
_OPENAI_BASE_URL = "OPENAI_BASE_URL"
_OPENAI_VARIABLES = (_OPENAI_BASE_URL, "OPENAI_API_KEY", "OPENAI_MODEL")
"""Variables of an endpoint other than Azure. Only the address has a default."""

Rate = Annotated[float, Field(ge=0, le=1)]
Role = Literal["traveller", "operator"]

_API_KEY = r"[^:,\s]+:([0-9a-f]{64}):(traveller|operator)"
"""An entry of `API_KEYS`: name, SHA-256, role."""


class SettingsError(Exception):
    """A setting is missing or wrong. The text names it and the remedy, and never contains a secret."""


class Settings(BaseModel):
    """One field for each environment variable, which has the field's name in capitals. Empty counts as unset."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state_dir: Path = Field(
        default=Path(".state"), description="Folder of the ledger and of the simulators' books, if STORE is sqlite."
    )
    store: Literal["sqlite", "tables"] = Field(
        default="sqlite",
        description="Where ledger, conversations and the simulators' books are kept: in STATE_DIR, or in Azure Tables.",
    )
    tables_connection_string: SecretStr | None = Field(
        default=None,
        description="Storage account of the tables; without it and TABLES_ENDPOINT that of AzureWebJobsStorage.",
    )
    tables_endpoint: str | None = Field(
        default=None, description="`https://….table.core.windows.net`, to be used with the app's Azure identity."
    )
    tables_prefix: str = Field(
        default="travel",
        pattern=r"^[A-Za-z][A-Za-z0-9]{0,30}$",
        description="Start of the tables' names; installations that share a storage account need different ones.",
    )
    chat_wait_seconds: float = Field(
        default=25, ge=0, le=200, description="How long `POST /api/chat` waits for the trips before it answers 202."
    )

    azure_openai_endpoint: str | None = Field(
        default=None, description="Azure OpenAI resource, `https://….openai.azure.com`."
    )
    azure_openai_chat_deployment_name: str | None = Field(default=None, description="Azure OpenAI chat deployment.")
    azure_openai_api_key: SecretStr | None = Field(
        default=None, description="Azure OpenAI key; without one the app's Azure identity is used."
    )
    azure_openai_api_version: str = Field(default="2024-10-21", description="Azure OpenAI API version.")
    openai_base_url: str | None = Field(default=None, description="Any OpenAI-compatible endpoint.")
    openai_api_key: SecretStr | None = Field(default=None, description="Key for it.")
    openai_model: str | None = Field(default=None, description="Model to ask for there.")
    model_timeout_seconds: float = Field(
        default=30, gt=0, le=120, description="Longest wait for one answer of the model."
    )

    key_lease_seconds: float = Field(
        default=15, gt=0, le=300, description="How long a claim on an effect's key stands unless its owner renews it."
    )
    pivot_margin_seconds: int = Field(
        default=120, ge=0, le=3600, description="What every hold must have left when a trip is to be confirmed."
    )
    ask_me_seconds: int = Field(
        default=86_400,
        gt=0,
        le=500_000,
        description="Longest wait for the traveller's choice; less if a hold ends before.",
    )
    compensation_attempts: int = Field(default=5, ge=1, le=10, description="Attempts at undoing one component.")
    supplier_timeout_seconds: float = Field(
        default=10,
        gt=0,
        le=120,
        description="Longest wait of an activity for a supplier; after it the outcome is unknown.",
    )

    reconcile_after_seconds: float = Field(
        default=900,
        gt=0,
        le=86_400,
        description="How long a saga may write nothing before another takes its trip over.",
    )
    history_retention_days: float = Field(
        default=30, ge=0, le=3650, description="How long the histories of trips that have ended are kept."
    )

    sim_seed: str = Field(default="0", description="Seed of everything that the simulators decide.")
    sim_reject_flight: Rate = Field(default=0.20, description="Share of flights that the simulated airline rejects.")
    sim_reject_hotel: Rate = Field(default=0.15, description="Share of hotels that the simulated hotel rejects.")
    sim_reject_car: Rate = Field(default=0.25, description="Share of cars that the simulated car hire rejects.")
    sim_decline_payment: Rate = Field(
        default=0.10, description="Share of payments that the simulated provider declines."
    )
    sim_fault: Rate = Field(
        default=0, description="Share of deliveries, enquiries too, that fail before the supplier acts."
    )
    sim_lost_answer: Rate = Field(
        default=0, description="Share of deliveries whose answer is lost after the supplier acted."
    )
    sim_late_answer: Rate = Field(default=0, description="Share of deliveries that are acted on and answered too late.")
    sim_late_answer_ms: int | None = Field(
        default=None,
        ge=0,
        le=300_000,
        description="How late those are; one and a half times SUPPLIER_TIMEOUT_SECONDS if unset.",
    )
    sim_fail_cancel: Rate = Field(default=0, description="Share of releases and cancellations that fail.")
    sim_fail_refund: Rate = Field(default=0, description="Share of voids and refunds that fail.")
    sim_price_change: Rate = Field(
        default=0, description="Share of holds whose price has changed when they are confirmed."
    )
    sim_price_drift: Rate = Field(default=0, description="Share of holds that cost a tenth more than was quoted.")
    sim_capture_refused: Rate = Field(default=0, description="Share of captures that the simulated provider refuses.")
    sim_hold_seconds: int = Field(
        default=1800, ge=0, le=604_800, description="How long holds and authorizations stand."
    )
    sim_cancel_fee_percent: int = Field(
        default=10,
        ge=0,
        le=100,
        description="What a simulated supplier keeps of the price when a confirmed booking is cancelled.",
    )
    sim_latency_ms: int = Field(default=0, ge=0, le=60_000, description="How long each simulated call takes.")

    sessions: Literal["on", "off"] = Field(
        default="on", description="Whether a caller without a sign-in may begin a session, and so become a traveller."
    )
    sessions_per_minute: int = Field(
        default=60, ge=1, le=1000, description="Sessions that one address may begin in a minute."
    )
    rate_chat_per_minute: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Messages that one caller may send in a minute; if unset 20, and any number with a function key.",
    )
    auto_approve_limit: int = Field(
        default=500_000,
        ge=0,
        description="Minor units up to which the bookings of one message are made without a quote.",
    )
    quote_hours: float = Field(default=72, gt=0, le=138, description="How long a traveller may agree to a quote.")
    api_keys: str = Field(
        default="",
        pattern=rf"^({_API_KEY}(\s*,\s*{_API_KEY})*)?$",
        description="Function keys that the app knows, as `name:SHA-256:role` with commas between; the role is"
        " `traveller` or `operator`.",
    )
    operators: str = Field(
        default="",
        description="Ids of signed-in principals that are operators, with commas between; the app role `operator` makes"
        " one too.",
    )

    website_auth_enabled: bool = Field(
        default=False,
        description="Set by Azure: the platform signs callers in, and its principal header can be believed.",
    )
    website_instance_id: str | None = Field(
        default=None, description="Set by Azure: marks a deployed app, which must not use the SQLite ledger."
    )

    @model_validator(mode="after")
    def _require_one_tables_account(self) -> Self:
        """Refuse two ways to name the storage account, since they could name different ones."""
        accounts = list(filter(None, (self.tables_connection_string, self.tables_endpoint)))
        if len(accounts) > 1:
            raise ValueError("TABLES_CONNECTION_STRING and TABLES_ENDPOINT are both set; one of them names the account")
        if self.store == "tables" and not accounts:
            raise ValueError(
                "STORE is tables but no account is named: set TABLES_CONNECTION_STRING, AzureWebJobsStorage or"
                " TABLES_ENDPOINT"
            )
        return self

    @model_validator(mode="after")
    def _require_whole_model_configuration(self) -> Self:
        """Refuse half a configuration of a model, so that nobody gets the offline model without noticing."""
        for name, needed in _AZURE_NEEDS:
            self._require_both(name, needed)
        # Azure wins over other endpoints, so their settings are not used beside it.
        if not self.azure_openai_endpoint:
            self._require_whole_openai_configuration()
        return self

    def _require_both(self, name: str, needed: str) -> None:
        if self._is_set(name) and not self._is_set(needed):
            raise ValueError(f"{name} is set but {needed} is not")

    def _require_whole_openai_configuration(self) -> None:
        present = list(filter(self._is_set, _OPENAI_VARIABLES))
        required = set(_OPENAI_VARIABLES) - {_OPENAI_BASE_URL}
        missing = sorted(required.difference(present))
        if present and missing:
            raise ValueError(f"{', '.join(present)} is set but {' and '.join(missing)} is not")

    def _is_set(self, variable: str) -> bool:
        return bool(getattr(self, variable.lower()))

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Return the settings that the variables give. Raise `SettingsError`, which names the first wrong one."""
        values: dict[str, str] = {}
        for field in cls.model_fields:
            value = environ.get(field.upper(), "").strip()
            # Portals and compose files cannot leave a variable out, so an empty one means the default.
            if value:
                values[field] = value
        if _needs_account(values):
            values["tables_connection_string"] = environ.get(_HOST_STORAGE, "").strip()
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(_first_error(error)) from None

    @property
    def is_signed_in_by_platform(self) -> bool:
        """Return whether App Service Authentication signs callers in, so that its headers can be believed."""
        return self.website_auth_enabled and self.website_instance_id is not None

    @property
    def lets_anybody_in(self) -> bool:
        """Return whether there is a way to call the app: on a developer's machine, by signing in, or with a key."""
        if self.sessions == "on" or self.website_instance_id is None:
            return True
        return self.website_auth_enabled or bool(self.api_keys)

    @property
    def asks_for_keys(self) -> bool:
        """Return whether a function key of a request has to be one that the app knows."""
        return self.website_instance_id is not None or bool(self.api_keys)

    def role_of_key(self, key: str) -> Role | None:
        """Return the role of a function key, None if the app does not know it. Takes as long for every key."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        roles: dict[bool, Role] = {}
        for known, role in re.findall(_API_KEY, self.api_keys):
            roles.setdefault(hmac.compare_digest(known, digest), role)
        return roles.get(True)

    @property
    def operator_ids(self) -> frozenset[str]:
        """Return the ids of the principals that are operators whatever their roles."""
        return frozenset(re.split(r"\s*,\s*", self.operators))

    @property
    def late_answer_ms(self) -> int:
        """Return the delay of the simulators' late answers, by default longer than any caller waits."""
        if self.sim_late_answer_ms is not None:
            return self.sim_late_answer_ms
        # One and a half times the time-out: 1500 is 1.5 in thousandths, from seconds to milliseconds.
        return round(self.supplier_timeout_seconds * 1500)

    @property
    def model_source(self) -> Literal["azure", "openai", "offline"]:
        """Return which implementation of the model port is used. Azure wins."""
        if self.azure_openai_endpoint:
            return "azure"
        if self.openai_model:
            return "openai"
        return "offline"

    @property
    def model_name(self) -> str:
        """Return the name that replies carry in their `model` field."""
        names = {
            "azure": self.azure_openai_chat_deployment_name,
            "openai": self.openai_model,
            "offline": None,
        }
        return names[self.model_source] or "offline"


def _needs_account(values: Mapping[str, str]) -> bool:
    """Return whether the tables take the storage account of the host, because no other one is named."""
    if values.get("store") != "tables":
        return False
    # With TABLES_ENDPOINT set, the host's account would be a second one, which `Settings` refuses.
    accounts = {"tables_connection_string", "tables_endpoint"}
    return accounts.isdisjoint(values)


def _first_error(error: ValidationError) -> str:
    """Return the text for the first wrong variable, without its value, which may be a secret."""
    first = error.errors(include_input=False, include_context=False)[0]
    text = first["msg"].removeprefix("Value error, ")
    location = first["loc"]
    # A validator of several settings has no location: its text names the variables.
    if not location:
        return f"{text}."
    variable = str(location[0]).upper()
    return f"{variable}: {text}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process. They are read on first use. Raise `SettingsError`."""
    return Settings.from_environ(os.environ)
