# What does not follow from what the manager knows is answered by a resync: the satellite's next request has everything, with
# a higher sequence, and is taken whatever it builds on. So backups of either side heal without losing or doubling anything.
order Enhanced=5
token T1 days=365
product a
product b
register a token=T1
report a Enhanced=2
sync
backup manager
register b token=T1
report b Enhanced=3
sync
license Enhanced at=manager va="Site A" in-use=5
# The manager is set back: the satellite builds on a request that it does not know any more.
restore manager
license Enhanced at=manager va="Site A" in-use=2
report b Enhanced=1
export R1
answer R1 A1 -> OK says=resync
answer R1 A1 -> SAME
license Enhanced at=manager va="Site A" in-use=2
import A1
export R2
answer R2 A2 -> OK says="instances:1 usages:1"
license Enhanced at=manager va="Site A" in-use=3
import A2
agree
# The satellite is set back: its sequence goes back.
backup satellite
report a Enhanced=4
sync
license Enhanced at=manager va="Site A" in-use=5
restore satellite
report a Enhanced=1
license Enhanced in-use=2
export R3
answer R3 A3 -> OK says=resync
import A3
export R4
answer R4 A4 -> OK says="instances:0 usages:1"
import A4
agree
license Enhanced at=manager va="Site A" in-use=2
# Set back to between export and answer.
report a Enhanced=2
export R5
backup satellite
answer R5 A5
import A5
report a Enhanced=3
sync
restore satellite
license Enhanced in-use=3
sync
agree
license Enhanced at=manager va="Site A" in-use=3
# Requests out of order: what comes later than its successor is not applied any more.
report a Enhanced=3
export R6
report a Enhanced=4
export R7 new
answer R7 A7
answer R6 A6 -> OK says=resync
import A7
license Enhanced at=manager va="Site A" in-use=5
sync
agree
