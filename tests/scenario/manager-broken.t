# The program ends between any two writes, or two requests come at once: the same file goes on from there, nothing is applied
# twice, and each file has one answer.
order Enhanced=5
token T1 days=365
product a
product b
register a token=T1
report a Enhanced=3
export R1
answer R1 A1 broken=1 -> OK says=broken
license Enhanced at=manager va="Site A" in-use=0
answer R1 A1 broken=2 -> OK says=broken
license Enhanced at=manager va="Site A" in-use=3
events at=manager sync.request=2 sync.answer=1
answer R1 A1 -> OK says="instances:0 usages:0"
answer R1 A1 -> SAME
events at=manager sync.request=2 sync.answer=2
import A1
# The same file twice at once.
report a Enhanced=2
export R2
answer R2 A2 meanwhile=R2
answer R2 A2 -> SAME
events at=manager sync.request=3 sync.answer=3
import A2
# Another one comes between: the later is applied, the earlier one is too late.
report a Enhanced=1
export R3
register b token=T1
export R4 new
answer R3 A3 meanwhile=R4 -> OK says=resync
known sequence=5 instances=2
answer R4 A4
import A4
license Enhanced at=manager va="Site A" in-use=1
# A resync that is not stored is made again.
backup manager
sync
restore manager
export R5
answer R5 A5 broken=1 -> OK says=broken
answer R5 A5 -> OK says=resync
answer R5 A5 -> SAME
