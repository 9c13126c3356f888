# The cloud manager answers request files of a satellite. The same file gets the same answer and changes nothing; a
# standard file has what changed, one with everything replaces all, and where nothing changed nothing is written.
order Enhanced=5 Basic=2
token T1 days=365
product a
product b
register a token=T1
report a Enhanced=3
export R1
answer R1 A1 -> OK says="virtual-accounts:0 instances:1 usages:1 reservations:0 removed:0"
answer R1 A1 -> SAME
license Enhanced at=manager va="Site A" quantity=5 in-use=3
import A1
register b token=T1
report b Basic=5 -> OUT_OF_COMPLIANCE
export R2
answer R2 A2 -> OK says="virtual-accounts:0 instances:1 usages:1 reservations:0 removed:0"
answer R1 A1 -> SAME
answer R2 A2 -> SAME
license Basic at=manager va="Site A" quantity=2 in-use=5 borrowed=2 available=-1
import A2
# Everything once more: nothing differs.
export R3 full
answer R3 A3 -> OK says="virtual-accounts:0 instances:0 usages:0 reservations:0 removed:0"
import A3
deregister b
export R4
answer R4 A4 -> OK says="virtual-accounts:0 instances:0 usages:0 reservations:0 removed:1"
license Basic at=manager va="Site A" in-use=0 available=2
import A4
events at=manager sync.request=5 sync.answer=5
