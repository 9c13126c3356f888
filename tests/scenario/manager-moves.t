# Licenses move between virtual accounts of different servers: taken first, given then. A transfer out of what a satellite
# serves waits for the next answer to it, which leaves the licenses out, and they arrive with the request that builds on
# that answer. Until then they count where they were. A transfer into it is done at once.
order Enhanced=10
order Enhanced=2 va=Direct
virtual-account add Second at=manager
token T1 days=365
product a
register a token=T1
report a Enhanced=3
export R1
answer R1 A1
import A1
transfer Enhanced=5 from="Site A" to=Direct at=manager
license Enhanced at=manager va="Site A" quantity=10
license Enhanced at=manager va=Direct quantity=2
moves count=1 first=WAITING:5:0
# More than what is left cannot leave.
transfer Enhanced=6 from="Site A" to=Second at=manager force -> NOT_ENOUGH says="10 owned, 3 in use, 0 reserved, 5 leaving"
transfer Enhanced=3 from="Site A" to=Second at=manager -> NOT_ENOUGH says="3 of UC Manager Enhanced License (12.x) asked, 2 free"
transfer Enhanced=2 from="Site A" to=Second at=manager
moves count=2 first=WAITING:2:0
move-cancel
moves count=2 first=CANCELLED:2:0
move-cancel -> MOVE_UNKNOWN says="was cancelled"
# The answer leaves them out; the satellite has less from its import on, the others get them with its next request.
report a Enhanced=4
export R2
answer R2 A2
moves last=TAKING:5:0
license Enhanced at=manager va="Site A" quantity=10
move-cancel number=2 -> CONFLICT says="request 3"
import A2
license Enhanced quantity=5
license Enhanced at=manager va=Direct quantity=2
export R3
answer R3 A3
moves last=DONE:5:5
license Enhanced at=manager va="Site A" quantity=5
license Enhanced at=manager va=Direct quantity=7
import A3
license Enhanced quantity=5
# Into it at once: it has them with its next synchronization.
transfer Enhanced=1 from=Direct to="Site A" at=manager
license Enhanced at=manager va="Site A" quantity=6
export R4
answer R4 A4
import A4
license Enhanced quantity=6
# The lost answer: a later request does not build on it, and nothing arrives.
transfer Enhanced=1 from="Site A" to=Direct at=manager
export R5
answer R5 A5
moves first=TAKING:1:0
export R6 new
answer R6 A6
moves first=TAKING:1:0
license Enhanced at=manager va=Direct quantity=6
import A6
license Enhanced quantity=5
export R7
answer R7 A7
moves first=DONE:1:1
license Enhanced at=manager va=Direct quantity=7
import A7
# The satellite is removed: what is on its way arrives.
transfer Enhanced=1 from="Site A" to=Second at=manager
remove-satellite satellite
moves first=DONE:1:1
license Enhanced at=manager va=Second quantity=1
license Enhanced at=manager va="Site A" quantity=4 in-use=0
