"""The order in which a run that may stop early asks, where nothing has to wait for what is in flight."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.verdict.early_stop import EarlyStop


def asked_in_order(stop: EarlyStop, selected: Iterable[ItemKey]) -> list[ItemKey]:
    """The selected items, lane after lane."""
    return list(chain.from_iterable(stop.lanes(selected)))
