"""The plan brings every trip to its end, whatever is refused, given up, cancelled or changed on the way."""

import pytest

from support.stores.world import World, kept


# Five tests of a hundred seeds each, so that processes can share the work.
@pytest.mark.parametrize("block", range(5))
def test_every_trip_ends_with_its_money_in_balance(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        world = World(seed)
        facts = world.run()
        for component in facts.components:
            stays = kept(facts, component)
            assert component.due(stays) == 0 or any(r.mark in ("written_off",) for r in component.refunds), (
                seed,
                component,
            )
            for revision in component.revisions:
                if revision is stays:
                    assert revision.booked, (seed, revision)
                else:
                    assert not revision.undoable, (seed, revision)
