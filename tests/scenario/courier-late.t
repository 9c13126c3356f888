# The courier is slow. An answer whose authority has ended is refused, and says what to do; doing that helps.
bare
order Enhanced=5 unsynced
export F1
advance 1d
authorize F1 A1
advance 90d -1ms
account-is Acme status=PENDING
advance 1ms
import A1 -> SYNC_OUT_OF_ORDER says="Export a new file"
export F2
authorize F2 A2
import A2
account-is Acme status=ACTIVE authority-left=90d
# A registration file that lay around for more than a year is signed by a certificate that has ended.
export F3 registration
advance 400d
export F4 registration
authorize F4 A4
import A4
account-is Acme status=ACTIVE authority-left=90d
token T1
product ucm1
register ucm1 token=T1
