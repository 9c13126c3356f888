# A registration code lets one satellite register over the network: for its virtual account, once, within 24 hours. A lost
# answer is given again.
bare
order Enhanced=5 unsynced
code C1
code C2 va=Direct
export F1
register-satellite F1 A1 code=00000000000000000000000000000000 -> REGISTRATION_CODE_INVALID
register-satellite F1 A1 code=C2 -> REGISTRATION_CODE_INVALID
advance 1d -1ms
register-satellite F1 A1 code=C1
register-satellite F1 A1 code=C1 -> SAME
import A1
license Enhanced quantity=5
export F2 registration
register-satellite F2 A2 code=C1 -> REGISTRATION_CODE_INVALID
advance 1ms
register-satellite F1 A1 code=C1 -> REGISTRATION_CODE_INVALID
events at=manager registration-code.create=2 registration-code.use=1 satellite.authorize=1
# After a failure it can still be used.
code C3
satellite S2
export F3 at=S2
register-satellite F3 A3 code=C3 -> SERVED_ELSEWHERE
remove-satellite satellite
register-satellite F3 A3 code=C3
import A3 at=S2
license Enhanced at=S2 quantity=5
