# An update is cancelled by issuing the old set again, with a newer timestamp. Until that is confirmed the product may
# hold any of the three codes, so the larger of each kind stays blocked.
permit-reservation Acme yes
order CUWL=3 Basic=10
product p1
reserve p1 as=C1 Basic=4 CUWL=1 -> OK CUWL:1:PERPETUAL Basic:4:PERPETUAL ahead=0ms
update p1 as=C2 Basic=6 -> OK Basic:6:PERPETUAL ahead=1ms
cancel p1 as=C3 -> OK CUWL:1:PERPETUAL Basic:4:PERPETUAL ahead=2ms
reservation p1 UPDATE_IN_TRANSIT Basic=6 CUWL=1
cancel p1 -> RESERVATION_STATE says="cancelled already"
update p1 Basic=1 -> RESERVATION_STATE
# It had installed the update before it heard of the cancellation: that is no confirmation.
confirm p1 code=C2 -> CODE_OLD
confirm p1 code=C1 -> CODE_OLD
confirm p1 code=C3
reservation p1 RESERVED Basic=4 CUWL=1
license Basic reserved=4
# What was superseded cannot be returned.
return p1 code=C2 -> CODE_OLD
return p1 code=C1 -> CODE_OLD
# In transit the newest of the codes that the product may hold returns all.
update p1 as=C4 Basic=6
cancel p1 as=C5
return p1 code=C5
license Basic reserved=0 available=10
license CUWL reserved=0 available=3
reserve p1 as=E1 Basic=4
update p1 as=E2 Basic=6
return p1 code=E2
license Basic reserved=0
# Also when the old set could not be reserved anew.
reserve p1 as=F1 Basic=10
update p1 as=F2 Basic=1
confirm p1 code=F2
product p2
reserve p2 as=G1 Basic=9
update p1 as=F3 CUWL=1
cancel p1 as=F4 -> OK Basic:1:PERPETUAL
confirm p1 code=F4
license Basic reserved=10 available=0
