# A satellite that was set back to a backup is recognised by its next request: its number, or the request before it, is
# not what the manager has. It is asked for everything, and nothing is lost or counted twice.
order Enhanced=10 Basic=5
token T
product a
product b
product c
register a token=T
report a Enhanced=2
sync
agree
backup satellite

# What happens now is forgotten by the satellite: one product more, other usage, one less.
register b token=T
report b Enhanced=1 Basic=1
report a Enhanced=5
sync
agree
deregister a
sync
agree
license Enhanced at=manager va="Site A" in-use=1

restore satellite
report a Enhanced=3
export F1
answer F1 A1 -> OK says=backup
# Asked again, the same answer; nothing is known better than before.
answer F1 A1 -> SAME
license Enhanced at=manager va="Site A" in-use=1
import A1
export F2
inside F2 mode=full
answer F2 A2
import A2
agree
license Enhanced at=manager va="Site A" in-use=3
# From here on as ever.
register c token=T
report c Basic=2
sync
agree

# A request that was made, and forgotten with the backup, while another one was answered.
backup satellite
export F3
answer F3 A3
import A3
restore satellite
report c Basic=1
export F4
export F5 new
# Its number is higher than the last one that the manager has, and its base is known; but not what came before it.
answer F5 A5 -> OK says=resync
import A5
sync
agree
