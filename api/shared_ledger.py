"""Services for requests that need a ledger shared by all instances of the app."""

from api.problems import ApiProblem
from api.services import ApiServices, services


def services_with_shared_ledger() -> ApiServices:
    """Return the services of this process.

    Raise `ApiProblem` `ledger_not_shared` in a deployed app that keeps its ledger in a local file, and `SettingsError`.
    """
    opened = services()
    # A deployed app runs on several machines: a trip in the file of one of them is lost to the others.
    if not opened.is_ledger_shared:
        raise ApiProblem(
            code="ledger_not_shared",
            detail="This deployed app keeps its ledger in a local file, which its other instances can't see, so it"
            " takes no bookings. Its operator must set up a shared store.",
        )
    return opened
