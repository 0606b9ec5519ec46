"""What people see of runs does not depend on who serves the UI."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_a_server_of_its_own_knows_the_sensors_of_dev_and_their_looks() -> None:
    """Dagster keeps both by the location's name, which `ledgergraph dev` leaves as it is."""
    served = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"]
    assert served == [{"python_module": "orchestration.definitions"}]
