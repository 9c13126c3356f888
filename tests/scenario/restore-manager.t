# A manager that was set back to a backup does not know the request that a satellite builds on: it asks for everything.
order Enhanced=10 Basic=5
token T
product a
product b
register a token=T
report a Enhanced=2
sync
backup manager
register b token=T
report b Enhanced=1 Basic=1
sync
sync
agree
restore manager
license Enhanced at=manager va="Site A" in-use=2
report a Enhanced=4
export F1
inside F1 mode=standard
answer F1 A1 -> OK says=resync
import A1
export F2
inside F2 mode=full
answer F2 A2
import A2
agree
license Enhanced at=manager va="Site A" in-use=5

# Set back to before an answer that the satellite has: the same, and licenses moved since are where the manager says.
backup manager
transfer Enhanced=3 from="Site A" to=Default at=manager
sync
sync
license Enhanced quantity=7
restore manager
sync
agree
license Enhanced quantity=10
