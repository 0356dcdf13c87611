"""Whatever goes wrong in whatever order, in the end every row is there once: `make chaos` plays more of it."""

import sys

import pytest

from tests.whole.chaos import run_seeds

BLOCKS, SEEDS = 10, 10  # seeds a block


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked, limited and signalled as on Linux")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_row_is_there_once_whatever_happened(block: int) -> None:
    results = run_seeds(range(block * SEEDS, (block + 1) * SEEDS), workers=3)
    told = [f"seed {r.seed} ({r.folder}): {text}" for r in results for text in r.violations]
    assert not told, "\n".join(told)
    assert sum(result.kills for result in results) > 0
