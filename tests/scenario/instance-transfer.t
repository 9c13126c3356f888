# An administrator moves a product instance to another virtual account: identifier and certificates stay, what it uses
# goes along, and is refused with both numbers when the target would be short.
order Enhanced=10
virtual-account add Branch
transfer Enhanced=3 from=Default to=Branch
token T1
product ucm1 serial=S-1
register ucm1 token=T1
report ucm1 Enhanced=4 -> AUTHORIZED
license Enhanced quantity=7 in-use=4
transfer-instance ucm1 to=Branch -> NOT_ENOUGH says="uses 4 of"
transfer-instance ucm1 to=Branch -> NOT_ENOUGH says="in 'Branch' 3 are free"
expect ucm1 va=Default
license Enhanced in-use=4
# One fewer fits exactly.
report ucm1 Enhanced=3
transfer-instance ucm1 to=Branch
expect ucm1 va=Branch status=Authorized
certificates ucm1 CURRENT
license Enhanced quantity=7 in-use=0
license Enhanced va=Branch quantity=3 in-use=3 available=0 status="In Compliance"
instances Default=0
instances Branch=1
# It goes on as before, and is told where it is by the next renewal.
report ucm1 Enhanced=3 -> AUTHORIZED Enhanced:InCompliance:3
renew ucm1 -> OK identifier=same virtual-account=Branch
# The registration sent again gives the present certificate, and the present virtual account.
register ucm1 token=T1 -> OK identifier=same certificate=same virtual-account=Branch
# By force, although it is short there.
report ucm1 Enhanced=7 -> OUT_OF_COMPLIANCE
transfer-instance ucm1 to=Default
report ucm1 Enhanced=7 -> AUTHORIZED
transfer-instance ucm1 to=Branch -> NOT_ENOUGH
transfer-instance ucm1 to=Branch force
license Enhanced va=Branch in-use=7 available=-4 status="Out Of Compliance"
expect ucm1 status="Out Of Compliance"
report ucm1 Enhanced=7 -> OUT_OF_COMPLIANCE Enhanced:OutOfCompliance:7
history Enhanced va=Branch count=2 open=yes by=instance.transfer
explain Enhanced va=Branch says="What did it: ucm1 (PID UCM, SN S-1) was transferred from 'Default' to 'Branch'"
transfer-instance ucm1 to=Default
history Enhanced va=Branch open=no ended-by=instance.transfer
events instance.transfer=4
# What is not there, and what changes nothing.
transfer-instance ucm1 to=Default -> INVALID_REQUEST says=already
transfer-instance ucm1 to=Nowhere -> VIRTUAL_ACCOUNT_UNKNOWN
remove ucm1
transfer-instance ucm1 to=Branch -> INSTANCE_UNKNOWN says=removed
