"""Cost: what a delivery takes in requests and in waiting. Pure."""

from collections import Counter
from collections.abc import Sequence

from importer.delivery.drafts import Draft
from importer.focus.answers import Quota

PLANS = (30, 240, 600)  # requests an hour, by plan


def plan(drafts: Sequence[Draft], size: int) -> int:
    """The requests that a delivery without trouble costs."""
    waves = Counter((draft.last, draft.wave) for draft in drafts)
    return sum(-(-count // size) for count in waves.values())


def waiting(requests: int, quota: Quota) -> float:
    """Seconds of waiting that so many requests take at the present quota; 0 where it is not known.

    What a new hour grants is not told: the smallest plan that what is left now can be of is assumed.
    """
    if quota.remaining is None or requests <= quota.remaining:
        return 0.0
    hourly = next((plan for plan in PLANS if quota.remaining <= plan), PLANS[-1])
    further = -(-(requests - quota.remaining) // hourly)
    return (quota.resets_in or 3600.0) + 3600.0 * (further - 1)
