# What has lapsed takes no licenses along and is never refused for them; it counts in the new place from its next
# authorization on. A registration that has expired is nothing to move.
order Enhanced=5
virtual-account add Branch
token T1 days=800
product ucm1
product idle
sync every 60d
register ucm1 token=T1
register idle token=T1
report ucm1 Enhanced=5
# One that never reported uses nothing.
transfer-instance idle to=Branch
expect idle va=Branch status=Registered
advance 90d -1ms
transfer-instance ucm1 to=Branch -> NOT_ENOUGH says="0 are free"
advance 1ms
expect ucm1 status="Authorization Expired"
transfer-instance ucm1 to=Branch
expect ucm1 va=Branch status="Authorization Expired"
license Enhanced in-use=0
license Enhanced va=Branch in-use=0
report ucm1 Enhanced=5 -> OUT_OF_COMPLIANCE Enhanced:OutOfCompliance:5
license Enhanced va=Branch in-use=5 available=-5
advance 275d -1ms
transfer-instance ucm1 to=Default
transfer-instance ucm1 to=Branch
advance 1ms
expect ucm1 status="Registration Expired"
transfer-instance ucm1 to=Default -> CONFLICT says="expired on"
# Its next registration, with a token of Default, brings it there.
register ucm1 token=T1 -> OK identifier=new virtual-account=Default
transfer-instance ucm1 to=Branch
