"""Services for requests that need a ledger which all instances of the app share."""

from api.problems import ApiProblem
from api.services import ApiServices, services


def services_with_shared_ledger() -> ApiServices:
    """A deployed app runs on several machines: a ledger in a local file would lose trips there."""
    given = services()
    if not given.is_ledger_shared:
        raise ApiProblem(
            "ledger_not_shared",
            "This deployed app keeps its ledger in a local file, which its other instances can't see, so it takes no"
            " bookings. Its operator must set up a shared store.",
        )
    return given
