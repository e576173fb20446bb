"""Our packages have common names: a sibling with the same names would silently replace them."""

from __future__ import annotations

from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
DISTRIBUTION = "xinglin"


@pytest.mark.parametrize("name", ["schemas", "connectors", "credit", "workers", "policies"])
def test_every_package_is_ours(name: str) -> None:
    spec = find_spec(name)
    assert spec is not None, f"{name} cannot be imported: run make test, which installs the checkout"
    assert spec.submodule_search_locations is not None
    assert str(CHECKOUT / name) in spec.submodule_search_locations

    # An editable installation lists no names, so that nobody is as good as us.
    owners = set(packages_distributions().get(name, [DISTRIBUTION]))
    assert owners == {DISTRIBUTION}, f"{name} also belongs to {owners - {DISTRIBUTION}}: uninstall one of them"
