"""Tag operations on the wire."""

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, paging, reads
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.tags import queries
from vaultclock.domain.tags.commands import TagResource, UntagResource
from vaultclock.domain.world import World


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_tags(world, wire["ResourceArn"], **paging(wire))
    return {"Tags": dict(page.rows), "NextToken": write_token(queries.LISTING, page.next_after)}


OPERATIONS: tuple[Operation, ...] = (
    Ask("ListTags", _list),
    Change("TagResource", reads(TagResource, arn="ResourceArn", tags="Tags")),
    Change("UntagResource", reads(UntagResource, arn="ResourceArn", keys="TagKeyList")),
)
