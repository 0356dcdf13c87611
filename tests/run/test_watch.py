"""Waiting for quota: within what is allowed, with a countdown."""

from pathlib import Path

import pytest

from importer import Options, Source, connection, load
from importer.delivery.sending import Limits
from importer.errors import QuotaSpent
from importer.sandbox.server import Sandbox
from importer.watch import Patience, Silent


class Countdown(Silent):
    def __init__(self) -> None:
        self.left: list[float] = []

    def waiting(self, seconds: float, why: str) -> None:
        self.left.append(seconds)


def spent(seconds: float) -> QuotaSpent:
    return QuotaSpent("spent", resets_in=seconds)


def test_waits_add_up_and_none_goes_beyond_what_is_allowed() -> None:
    watch = Countdown()
    patience = Patience(2.5, watch)
    patience(spent(1))
    patience(spent(0.5))  # a second at least
    with pytest.raises(QuotaSpent):
        patience(spent(1))
    assert patience.left == 0.5
    assert [left for left in watch.left if left == 0] == [0, 0]
    assert max(watch.left) <= 1


def test_a_post_that_meets_a_spent_quota_waits_with_a_countdown_and_goes_again(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Title\nA\n")
    watch = Countdown()
    fault = {"on": "POST tasks/bulk", "nth": 1, "do": "quota_spent", "resets_in": 2}
    with Sandbox(tmp_path / "s.sqlite", faults=[fault]) as sandbox:
        told = connection(
            base_url=sandbox.base_url, organization="1", workspace="1", environment={"TOGGL_API_KEY": "k"}
        )
        options = Options(report=tmp_path / "report", limits=Limits(max_wait=10))
        summary = load(Source(tmp_path / "p.csv"), told, options, watch=watch)
    assert summary.as_json()["created"] == 1
    assert len([left for left in watch.left if left > 0]) >= 2
    assert watch.left[-1] == 0


def test_readings_and_posts_share_what_may_be_waited(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Title,Project\nA,Website relaunch\n")
    faults = [
        {"on": "GET projects", "nth": 1, "do": "quota_spent", "resets_in": 2},
        {"on": "POST tasks/bulk", "nth": 1, "do": "quota_spent", "resets_in": 2},
    ]
    with Sandbox(tmp_path / "s.sqlite", faults=faults) as sandbox:
        told = connection(
            base_url=sandbox.base_url, organization="1", workspace="1", environment={"TOGGL_API_KEY": "k"}
        )
        options = Options(report=tmp_path / "report", limits=Limits(max_wait=3))
        summary = load(Source(tmp_path / "p.csv"), told, options)
        assert sandbox.store.tasks() == []
    assert summary.status == 3
    assert summary.as_json()["pending"] == 1
