# Bootstrap by file: the satellite writes a registration file, an administrator of the manager answers, the satellite
# imports the answer against the root's fingerprint.
bare
order Enhanced=5 unsynced
export F1
export F1 -> SAME
first-answer F1 yes
authorize F1 A1
# The same request gets the same answer.
authorize F1 A1 -> SAME
first-answer F1 yes
import A1 fingerprint=none -> SYNC_ROOT_UNKNOWN
import A1 fingerprint=00:11 -> INVALID_REQUEST
import A1 fingerprint=0000000000000000000000000000000000000000000000000000000000000000 -> SYNC_WRONG_ROOT
account-is Acme status=PENDING
import A1 fingerprint=root
account-is Acme status=ACTIVE authority-left=90d
license Enhanced quantity=5
import A1 -> SYNC_OUT_OF_ORDER says="already"
# From now on the root is known; another fingerprint is refused.
export F2 registration
first-answer F2 no
authorize F2 A2
import A2 fingerprint=0000000000000000000000000000000000000000000000000000000000000000 -> SYNC_WRONG_ROOT
advance 10d
import A2 fingerprint=none
# The authority counts from the answer, not from the import.
account-is Acme authority-left=80d
import A1 -> SYNC_OUT_OF_ORDER
events sync.export=2 sync.import=2
events at=manager satellite.authorize=2
