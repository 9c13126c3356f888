# An administrator of the manager wants a satellite's product instance removed: the order goes with the next answer, the
# satellite removes it, and with its next request it is gone here too.
order Enhanced=5
token T1 days=365
product a
product b
register a token=T1
register b token=T1
report a Enhanced=2
order-removal a -> INSTANCE_UNKNOWN
sync
known instances=2 removals=0
order-removal a reason="stolen"
order-removal a reason="once more"
known removals=1
license Enhanced at=manager va="Site A" in-use=2
export R1
answer R1 A1
known removals=1 instances=2
report a Enhanced=2 -> AUTHORIZED
import A1
report a Enhanced=2 -> CERTIFICATE_REVOKED
license Enhanced in-use=0
export R2
answer R2 A2 -> OK says="removed:1"
known removals=0 instances=1
license Enhanced at=manager va="Site A" in-use=0
import A2
report b Enhanced=1 -> AUTHORIZED
events at=manager instance.order-removal=1
# Removed there meanwhile, the order has nothing left to do.
sync
order-removal b
deregister b
sync
known removals=0 instances=0
