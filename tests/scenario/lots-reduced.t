# The manager reduces a lot: the satellite takes it from the default virtual account first, then from the others in the
# order of least use, with an event and an alert.
order Enhanced=10
virtual-account add Busy
virtual-account add Quiet
transfer Enhanced=4 from=Default to=Busy
transfer Enhanced=4 from=Default to=Quiet
token TB va=Busy
token TQ va=Quiet
product busy
product quiet
register busy token=TB
register quiet token=TQ
report busy Enhanced=3
report quiet Enhanced=1
order-change Enhanced=9 unsynced
license Enhanced quantity=2
license Enhanced at=manager va="Site A" quantity=9
sync
license Enhanced quantity=1
events license.taken=0 alert.raise=0
# The last one of the default, then two of Quiet.
order-change Enhanced=6
license Enhanced quantity=0
license Enhanced va=Quiet quantity=2 in-use=1
license Enhanced va=Busy quantity=4
events license.taken=1
raised "Licenses Reduced" license=Enhanced va=Quiet contains="2 of UC Manager Enhanced"
raised "Licenses Reduced" license=Enhanced va=Busy no
# All of Quiet, one of Busy: both products out of compliance or not, as the numbers say.
order-change Enhanced=3
license Enhanced va=Quiet quantity=0 available=-1
license Enhanced va=Busy quantity=3 available=0
raised "Licenses Reduced" license=Enhanced va=Busy
expect quiet status="Out Of Compliance"
expect busy status=Authorized
history Enhanced va=Quiet open=yes
# What is added lies in the default again; a transfer ends the alert of who gets some.
order-change Enhanced=5
license Enhanced quantity=2
transfer Enhanced=1 from=Default to=Quiet
raised "Licenses Reduced" license=Enhanced va=Quiet no
raised "Licenses Reduced" license=Enhanced va=Busy
expect quiet status=Authorized
# What is reserved of the default is hit, with an alert there: licenses that are added end it, of this order or another.
permit-reservation Acme yes
sync
product held
transfer Enhanced=1 from=Busy to=Default force
reserve held as=C1 Enhanced=2
order-change Enhanced=1
raised "Licenses Reduced" license=Enhanced va=Default contains="1 of them is reserved"
order-change Enhanced=2
raised "Licenses Reduced" license=Enhanced va=Default no
order-change Enhanced=1
raised "Licenses Reduced" license=Enhanced va=Default
order Enhanced=1
raised "Licenses Reduced" license=Enhanced va=Default no
return held code=C1
# Gone altogether: lots become 0, instances stay.
order-change Enhanced=0
license Enhanced quantity=1
expect busy status="Out Of Compliance"
instances Busy=1
# What cannot be changed.
order-change Basic=1 -> ORDER_UNKNOWN
order-change Enhanced -> INVALID_REQUEST says="Nothing is to be changed"
order-change Enhanced end=30d -> INVALID_REQUEST says=perpetual
order-change Enhanced=2147483648 -> INVALID_REQUEST
events at=manager order.change=8
