# A registration file that was answered before its satellite was removed gives authority anew: the old answer would leave
# the satellite with authority of which the manager knows nothing.
bare
order Enhanced=5 unsynced
export F1
authorize F1 A1
authorize F1 A1 -> SAME
remove-satellite satellite
authorize F1 A2
events at=manager satellite.authorize=2
import A2
license Enhanced quantity=5
sync
known sequence=1
# Nor may a code be used up for it.
remove-satellite satellite
code C1
register-satellite F1 A3 code=C1
events at=manager satellite.authorize=3 registration-code.use=1
# A code that was used is no second authorization for a satellite that was removed since.
remove-satellite satellite
register-satellite F1 A4 code=C1 -> REGISTRATION_CODE_INVALID
events at=manager satellite.authorize=3
