# Everything survives a restart of all servers.
order Enhanced=5
virtual-account add Branch
transfer Enhanced=2 from=Default to=Branch
token T1 uses=3
token T2 va=Branch
product a
product b
register a token=T1 as=r1
report a Enhanced=2 as=m1
register b token=T2
renew b
restart
token-is T1 ACTIVE uses=1
license Enhanced quantity=3 in-use=2
license Enhanced va=Branch quantity=2 in-use=0
certificates b CURRENT SUCCESSOR
resend a m1 -> SAME
resend a r1 -> REPLAY
register a token=T1 -> OK identifier=same certificate=same
report b Enhanced=2 -> AUTHORIZED
certificates b SUPERSEDED CURRENT
export F1 registration
restart
export F1 registration -> SAME
authorize F1 A1
restart
authorize F1 A1 -> SAME
import A1
restart
import A1 -> SYNC_OUT_OF_ORDER
report a Enhanced=3 -> AUTHORIZED
deregister b
restart
report b Enhanced=1 -> CERTIFICATE_REVOKED
verify
