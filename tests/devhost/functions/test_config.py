"""host.json and local.settings.json: what is read, and how a broken one is refused."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from devhost.config import ConfigError, export_settings, read_host_config, read_local_settings
from devhost.config_notes import hub_name_warning, strict_json_refusal, unused_keys


def host_json(folder: Path, content: Any) -> Path:
    (folder / "host.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_without_keys_the_real_host_s_defaults_hold(tmp_path: Path) -> None:
    config = read_host_config(host_json(tmp_path, {"version": "2.0"}), {})
    assert (config.route_prefix, config.hub_name, config.default_version) == ("api", "TestHubName", None)
    assert (config.overridable_states, config.function_timeout) == ("NonRunningStates", 1800.0)
    assert config.body_limit == 104_857_600


def test_every_key_is_read_whatever_its_case(tmp_path: Path) -> None:
    durable = {
        "HubName": "%HUB%x",
        "defaultVersion": "1.0",
        "overridableExistingInstanceStates": "anystate",
        "storeInputsInOrchestrationHistory": True,
        "maxEntityOperationBatchSize": 3,
        "maxConcurrentActivityFunctions": 4,
        "maxConcurrentOrchestratorFunctions": 5,
        "maxConcurrentEntityFunctions": 6,
        "maxOrchestrationActions": 7,
        "httpSettings": {"defaultAsyncRequestSleepTimeMilliseconds": 8},
        "storageProvider": {"type": "ignored"},
    }
    content = {
        "version": "2.0",
        "functionTimeout": "00:05:00",
        "extensions": {"http": {"routePrefix": ""}, "durableTask": durable},
    }
    config = read_host_config(host_json(tmp_path, content), {"HUB": "My"})
    assert (config.hub_name, config.default_version, config.overridable_states) == ("Myx", "1.0", "AnyState")
    assert (config.store_inputs, config.max_entity_batch, config.max_actions) == (True, 3, 7)
    assert (config.max_concurrent_activities, config.max_concurrent_orchestrators) == (4, 5)
    assert (config.max_concurrent_entities, config.default_async_sleep_ms) == (6, 8)
    assert (config.route_prefix, config.function_timeout) == ("", 300.0)


def test_a_setting_stands_in_for_a_key_and_is_named_when_broken(tmp_path: Path) -> None:
    host_json(
        tmp_path,
        {"version": "2.0", "extensions": {"durableTask": {"hubName": "FromFile", "maxOrchestrationActions": 7}}},
    )
    durable = "azurefunctionsjobhost__Extensions__DurableTask__"
    settings = {
        "AzureFunctionsJobHost__extensions__http__routePrefix": "v1",
        f"{durable}hubName": "%NAME%",
        f"{durable}storeInputsInOrchestrationHistory": "true",
        f"{durable}httpSettings__defaultAsyncRequestSleepTimeMilliseconds": "8",
        "NAME": "FromSetting",
    }
    config = read_host_config(tmp_path, settings)
    assert (config.route_prefix, config.hub_name, config.max_actions) == ("v1", "FromSetting", 7)
    assert (config.store_inputs, config.default_async_sleep_ms) == (True, 8)
    with pytest.raises(ConfigError, match=r"^Setting AzureFunctionsJobHost__functionTimeout must be a time span"):
        read_host_config(tmp_path, {"AzureFunctionsJobHost__functionTimeout": "soon"})


def test_comments_and_a_byte_order_mark_are_no_error(tmp_path: Path) -> None:
    text = '\ufeff{\n// a comment\n"version": "2.0", /* another */ "extensions": {"durableTask": {"hubName": "a//b"}}}'
    assert read_host_config(host_json(tmp_path, text), {}).hub_name == "a//b"


def test_trailing_commas_are_no_error(tmp_path: Path) -> None:
    text = '{"version": "2.0", "extensions": {"durableTask": {"hubName": "a,]}",},\n},}'
    assert read_host_config(host_json(tmp_path, text), {}).hub_name == "a,]}"
    (tmp_path / "local.settings.json").write_text('{"Values": {"A": "x,}", /* why */ }, // end\n}')
    assert read_local_settings(tmp_path).values == {"A": "x,}"}


@pytest.mark.parametrize("text", ['{"version": "2.0",}', '{"version": "2.0" // new\n}', '\ufeff{"version": "2.0"}'])
def test_what_the_host_reads_but_the_sdk_does_not_is_a_refusal(tmp_path: Path, text: str) -> None:
    file = host_json(tmp_path, text) / "host.json"
    assert read_host_config(tmp_path, {}).hub_name == "TestHubName"
    assert "the real worker refuses the whole app" in (strict_json_refusal(file) or "")
    file.write_text('{"version": "2.0"}')
    assert strict_json_refusal(file) is None
    file.unlink()
    assert strict_json_refusal(file) is None


def test_each_key_without_effect_is_named(tmp_path: Path) -> None:
    durable = {"hubName": "Hub", "storageProvider": {"type": "mssql"}, "maxConcurentActivityFunctions": 3}
    content = {"version": "2.0", "Logging": {"a": 1}, "extensions": {"durableTask": durable, "queues": {}}}
    settings = {
        "AzureFunctionsJobHost__extensions__durableTask__extendedSessionsEnabled": "true",
        "AzureFunctionsJobHost__functionTimeout": "00:01:00",
    }
    config = read_host_config(host_json(tmp_path, content), settings)
    assert set(config.unused) == {
        "Logging",
        "extensions.durableTask.storageProvider",
        "extensions.durableTask.maxConcurentActivityFunctions",
        "extensions.queues",
        "AzureFunctionsJobHost__extensions__durableTask__extendedSessionsEnabled",
    }
    local = {"Host": {"LocalHttpPort": 7, "CORS": "*", "UseHttps": True}, "ConnectionStrings": {"a": "b"}}
    (tmp_path / "local.settings.json").write_text(json.dumps(local))
    read = read_local_settings(tmp_path)
    assert set(read.unused) == {"Host.UseHttps", "ConnectionStrings"}
    of_local, of_host = unused_keys(read, config)
    assert of_local.startswith("local.settings.json: without effect on this host: Host.UseHttps")
    assert of_host.startswith("host.json: without effect on this host: Logging")


def test_the_strategies_of_versions_are_read_whatever_their_case(tmp_path: Path) -> None:
    durable = {"versionMatchStrategy": "strict", "VersionFailureStrategy": "FAIL"}
    config = read_host_config(host_json(tmp_path, {"version": "2.0", "extensions": {"durableTask": durable}}), {})
    assert (config.version_match, config.version_failure, config.unused) == ("Strict", "Fail", ())
    host_json(tmp_path, {"version": "2.0", "extensions": {"durableTask": {"versionMatchStrategy": "Newer"}}})
    with pytest.raises(ConfigError, match='must be "None" or "Strict" or "CurrentOrOlder"'):
        read_host_config(tmp_path, {})


@pytest.mark.parametrize("name", ["a b", "ab", "my-hub", "1hub", "x" * 46])
def test_a_hub_s_name_that_azure_storage_refuses_is_doubted(name: str) -> None:
    assert "refuses to start" in (hub_name_warning(name) or "")
    assert hub_name_warning("MyHub2") is None


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("{", "not valid JSON"),
        ("[]", "JSON object"),
        ({}, "'version'"),
        ({"version": "3.0"}, "'version'"),
        ({"version": "2.0", "functionTimeout": "soon"}, "'functionTimeout'"),
        ({"version": "2.0", "functionTimeout": 5}, "'functionTimeout'"),
        ({"version": "2.0", "extensions": []}, "'extensions'"),
        ({"version": "2.0", "extensions": {"durableTask": {"hubName": 1}}}, "'extensions.durableTask.hubName'"),
        ({"version": "2.0", "extensions": {"durableTask": {"hubName": "%NO%"}}}, "'NO'"),
        (
            {"version": "2.0", "extensions": {"durableTask": {"maxConcurrentActivityFunctions": 0}}},
            "'extensions.durableTask.maxConcurrentActivityFunctions'",
        ),
        (
            {"version": "2.0", "extensions": {"durableTask": {"overridableExistingInstanceStates": "All"}}},
            "'extensions.durableTask.overridableExistingInstanceStates'",
        ),
    ],
)
def test_a_broken_host_json_is_refused_by_file_and_key(tmp_path: Path, content: Any, key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_host_config(host_json(tmp_path, content), {})
    assert str(tmp_path / "host.json") in str(refused.value)
    assert key in str(refused.value)


def test_local_settings_become_texts_and_a_set_variable_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "IsEncrypted": False,
        "Values": {"A_TEXT": "x", "A_NUMBER": 5, "A_FLAG": True},
        "Host": {"LocalHttpPort": 7},
    }
    (tmp_path / "local.settings.json").write_text(json.dumps(settings))
    monkeypatch.setenv("A_TEXT", "was here")
    # Set and deleted, so that pytest puts back at the end what `export_settings` is about to set.
    for name in ("A_NUMBER", "A_FLAG"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    read = read_local_settings(tmp_path)
    export_settings(read.values)
    assert (os.environ["A_TEXT"], os.environ["A_NUMBER"], os.environ["A_FLAG"]) == ("was here", "5", "true")
    assert read.port == 7


@pytest.mark.parametrize(
    ("content", "key"),
    [("{", "not valid JSON"), ('{"IsEncrypted": true}', "'IsEncrypted'"), ('{"Values": {"A": {}}}', "'Values.A'")],
)
def test_broken_local_settings_are_refused_by_file_and_key(tmp_path: Path, content: str, key: str) -> None:
    (tmp_path / "local.settings.json").write_text(content)
    with pytest.raises(ConfigError) as refused:
        read_local_settings(tmp_path)
    assert str(tmp_path / "local.settings.json") in str(refused.value)
    assert key in str(refused.value)
