# A lot that becomes smaller than what is reserved of it: the reservation stays, for the product has it, and the pool is
# short. An update takes no more than there is.
permit-reservation Acme yes
order Basic=5
product p1
token T
product user
reserve p1 as=C1 Basic=4
register user token=T
report user Basic=1 -> AUTHORIZED
order-change Basic=3
license Basic quantity=3 reserved=4 in-use=1 available=-2 status="Out Of Compliance"
report user Basic=1 -> OUT_OF_COMPLIANCE
report user Basic=0
license Basic quantity=3 reserved=4 available=-1 status="Out Of Compliance"
update p1 Basic=4 -> NOT_ENOUGH says="3 owned, 0 in use, 4 reserved"
update p1 as=C2 Basic=3
license Basic reserved=4 available=-1
confirm p1 code=C2
license Basic reserved=3 available=0 status="In Compliance"
# The old set is issued again whatever is left.
update p1 as=C3 Basic=1
order-change Basic=1
cancel p1 as=C4 -> OK Basic:3:PERPETUAL
confirm p1 code=C4
license Basic quantity=1 reserved=3 available=-2
return p1 code=C4
license Basic quantity=1 reserved=0 available=1 status="In Compliance"
history Basic open=no by=sync.import ended-by=reservation.return
# A product holds a license of an order that is gone: nothing is owned, nothing is in use, one is missing.
reserve p1 as=D1 Basic=1
order-change Basic=0
license Basic quantity=0 reserved=1 in-use=0 available=-1 status="Out Of Compliance"
explain Basic says="out of compliance"
return p1 code=D1
license Basic quantity=0 reserved=0 available=0
