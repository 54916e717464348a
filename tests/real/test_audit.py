"""The real MiMoCode is audited once, as any user would, with a tracer watching its connections."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway
from reconciler.mimocode import identity
from reconciler.mimocode.audit.probes import PROBES
from reconciler.mimocode.trust import release_audits
from tests.support.sandbox import Result, Sandbox
from tests.support.snapshots import Snapshot, snapshot, untouched
from tests.support.target import VERSION

ADDRESS: Final = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
LOOPBACK: Final = re.compile(r"127\.[0-9.]+|::1|::ffff:127\.[0-9.]+")


@attrs.frozen
class Watched:
    """What came of the audit, which addresses were talked to, and pictures of the machine around it."""

    machine: Sandbox
    result: Result
    addresses: frozenset[str]
    before: Snapshot
    after: Snapshot

    @property
    def report(self) -> dict[str, Any]:
        """The report."""
        assert self.result.report is not None, self.result.stderr
        return self.result.report


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Audit on a machine with a config, a project and a key in its shell; its gateway is to be missed."""
    traced = tmp_path_factory.mktemp("traced") / "connections"
    calls = "connect,sendto,sendmsg,sendmmsg"
    strace = ("strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={calls}", "-o", str(traced))
    with Gateway() as gateway:
        machine = Sandbox(tmp_path_factory.mktemp("audit") / "machine", "real", gateway)
        machine.mimo_config_folder.mkdir(parents=True)
        machine.user_config.write_text('{"model": "acme/mine"}')
        before = snapshot(machine.root)
        result = machine.run("audit", "--json", cwd=machine.project, key=CANARY_KEY, prefix=strace)
        found = frozenset(one or two for one, two in ADDRESS.findall(traced.read_text(errors="replace")))
        yield Watched(machine, result, found, before, snapshot(machine.root))
        assert machine.leaks() == []


def test_everything_holds_for_the_audited_version(watched: Watched) -> None:
    """Every probe, the optional ones too; exit code 0."""
    assert [(one["id"], one["seen"]) for one in watched.report["probes"] if one["held"] is not True] == []
    assert [one["id"] for one in watched.report["probes"]] == [probe.id for probe in PROBES]
    assert (watched.result.exit_code, watched.report["target"]["version"]) == (0, VERSION)


def test_no_connection_leaves_the_loopback(watched: Watched) -> None:
    """MiMoCode was seen to talk to the made-up gateway, and to nobody else; the real one was not reached."""
    assert watched.addresses
    assert [one for one in watched.addresses if not LOOPBACK.fullmatch(one)] == []
    assert (watched.machine.gateway.requests, watched.machine.gateway.proxied) == ([], [])


def test_nothing_of_the_machine_is_touched(watched: Watched) -> None:
    """No file is new, gone, changed or written again; nothing is left below TMPDIR."""
    assert untouched(watched.before, watched.after)


def test_the_table_of_releases_is_of_this_very_program(watched: Watched) -> None:
    """The same contents, and the same findings."""
    (audit,) = (one for one in release_audits() if one.version == VERSION)
    who = identity.of(Path(watched.report["target"]["cli"]))
    assert who.fingerprint() in audit.fingerprints.values()
    assert audit.probes == {one["id"]: one["held"] for one in watched.report["probes"]}
