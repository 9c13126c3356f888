# What was bought reaches the satellite with the next file; what grows lies in the default virtual account.
order Enhanced=5 unsynced
license Enhanced quantity=0
license Enhanced at=manager va="Site A" quantity=5
sync
license Enhanced quantity=5
virtual-account add Branch
transfer Enhanced=5 from=Default to=Branch
order Enhanced=2 Basic=1
license Enhanced quantity=2
license Enhanced va=Branch quantity=5
license Basic quantity=1
sync
sync
license Enhanced quantity=2
license Enhanced va=Branch quantity=5
restart
license Enhanced quantity=2
# Orders for other virtual accounts of the smart account do not come here.
order Enhanced=100 va=Direct
sync
license Enhanced quantity=2
# The satellite is removed and built anew under another identity.
remove-satellite satellite
satellite S2
export F2 at=S2
authorize F2 A2
import A2 at=S2
license Enhanced at=S2 quantity=7
export F3 registration
authorize F3 A3 -> SERVED_ELSEWHERE says=S2
