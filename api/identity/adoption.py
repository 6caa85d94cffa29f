"""Adoption: a principal who signs in takes over what its anonymous session has begun.

The things keep their ids. The session ends with it, so that nobody else who has its token sees them any more.
"""

import azure.functions as func

from api.identity.caller import Caller, sent_token, session_owner, valid_session
from api.services import ApiServices

MOST_ADOPTED = 20
"""Sessions that one principal can take over, because each is asked for with every request of the principal."""


def adopt_session(request: func.HttpRequest, services: ApiServices, caller: Caller) -> bool:
    """Let the signed-in caller take over the session whose token the request brings too. May block.

    Return False if there is none, or if another principal has it. A repeat that has lost its answer finds the session
    ended. Raise `ApiProblem` as for a change with a cookie.
    """
    token = sent_token(request, services.settings)
    if token is None or caller.owner is None or len(caller.adopted) >= MOST_ADOPTED:
        return False
    current = valid_session(request, services, token)
    if current is None:
        return False
    session, stores = current[0], services.stores
    is_adopted = stores.adoptions.adopt(session_owner(services, session.id), caller.owner)
    # Ended in any case: whoever adopted it first may have died before this line.
    stores.sessions.end(session.id, services.clock())
    return is_adopted
