"""Names of conversations and keys as they are stored, for a caller who may act for several owners."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from api.idempotency import IdempotencyKeys
from api.identity.caller import Caller
from api.services import ApiServices
from api.threads import in_thread
from stores.conversations import Post


async def stored_conversation(services: ApiServices, caller: Caller, identifier: str) -> str:
    """Return the id under which the caller's conversation is stored; under the first owner, if it is a new one."""
    conversations = services.stores.conversations

    def is_used(stored: str) -> bool:
        return conversations.turn(stored, 1) is not None or conversations.is_forgotten(stored)

    return await _first_used(caller.conversations(identifier), is_used)


async def stored_key(services: ApiServices, caller: Caller, key: str | None) -> str | None:
    """Return an Idempotency-Key of the caller as it is stored, None for none."""
    # A request that was sent before the caller signed in, and is repeated after it, is still the same request.
    return key and await _first_used(caller.keys(key), IdempotencyKeys(services.stores).is_used)


async def stored_post(services: ApiServices, caller: Caller, post: Post) -> Post:
    """Return the post with its conversation and its key as they are stored."""
    conversation = post.conversation and await stored_conversation(services, caller, post.conversation)
    return replace(post, conversation=conversation, key=await stored_key(services, caller, post.key))


async def _first_used(names: Sequence[str], is_used: Callable[[str], bool]) -> str:
    # Most callers have one owner, so that there is nothing to look for.
    if len(names) == 1:
        return names[0]
    return await in_thread(lambda: next(filter(is_used, names), names[0]))
