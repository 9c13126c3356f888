# Every wrong file has its own clear error, and nothing is changed.
bare
order Enhanced=5 unsynced
export F1
# The satellite's own file brought back; the answer brought to the manager.
import F1 -> SYNC_WRONG_KIND
import F1 fingerprint=none -> SYNC_ROOT_UNKNOWN
authorize F1 A1
authorize A1 X1 -> SYNC_WRONG_KIND
# Cut, altered, something else.
alter A1 CUT cut=1
import CUT -> SYNC_DAMAGED
alter A1 HALF cut=700
import HALF -> SYNC_DAMAGED
alter A1 FLIP flip=400
import FLIP -> SYNC_DAMAGED
alter A1 FLIP flip=-12
import FLIP -> SYNC_DAMAGED
alter A1 TEXT text="Dear administrator, please find attached"
import TEXT -> SYNC_NOT_A_BUNDLE
alter F1 CUT cut=1
authorize CUT X1 -> SYNC_DAMAGED
alter F1 FLIP flip=300
authorize FLIP X1 -> SYNC_DAMAGED
alter F1 TEXT text="no file"
authorize TEXT X1 -> SYNC_NOT_A_BUNDLE
# A file for another satellite.
satellite S2 virtual=Direct
export F2 at=S2
authorize F2 A2
import A2 -> SYNC_WRONG_SATELLITE says="this one is “satellite”"
import A1 at=S2 -> SYNC_WRONG_SATELLITE says="this one is “S2”"
# The virtual account of another satellite, a satellite that is known.
satellite S3 virtual="Site A"
export F3 at=S3
authorize F3 X3 -> SERVED_ELSEWHERE says=satellite
satellite S4 virtual=Nowhere
export F4 at=S4
authorize F4 X4 -> VIRTUAL_ACCOUNT_UNKNOWN says=Nowhere
satellite S5 smart=Nobody
export F5 at=S5
authorize F5 X5 -> ACCOUNT_UNKNOWN says=Nobody
# The right ones are taken after all that.
import A1
import A2 at=S2
# An answer to an older request of this satellite.
export F6 registration
authorize F6 A6
import A6
import A1 -> SYNC_OUT_OF_ORDER
import A6 -> SYNC_OUT_OF_ORDER
# Another account of the same satellite.
account Second smart=Acme virtual=Default
export F7 account=Second
authorize F7 A7
import A7 -> SYNC_WRONG_SATELLITE says=Second
import A7 account=Second
