# The whole way of a reservation: request, code, update, confirmation, return. The pool is right after each step, and
# what is reserved is nobody else's.
order CUWL=2 Basic=10
product p1
product p2
token T
# Permitted accounts only.
reserve p1 Basic=4 -> RESERVATION_NOT_PERMITTED says="'Acme' is not permitted"
permit-reservation Acme yes
reserve p1 Basic=4 -> RESERVATION_NOT_PERMITTED
sync
reservation p1 NONE
reserve p1 as=C1 Basic=4 -> OK Basic:4:PERPETUAL
reservation p1 RESERVED Basic=4
license Basic quantity=10 reserved=4 in-use=0 available=6 status="In Compliance"
# The first code may be confirmed too, once.
confirm p1 code=C1
confirm p1 code=C1 -> CODE_USED says="was confirmed on"
reservation p1 RESERVED Basic=4
# More: new and old are both possible until the product confirms, so the larger of each kind is blocked.
update p1 as=C2 Basic=7 CUWL=1 -> OK CUWL:1:PERPETUAL Basic:7:PERPETUAL
reservation p1 UPDATE_IN_TRANSIT Basic=7 CUWL=1
license Basic reserved=7 available=3
update p1 Basic=1 -> RESERVATION_STATE says="one is on its way at a time"
confirm p1 code=C1 -> CODE_OLD says="Install the newest"
confirm p1 code=C2
reservation p1 RESERVED Basic=7 CUWL=1
# Less: nothing is free before the confirmation.
update p1 as=C3 Basic=2 -> OK Basic:2:PERPETUAL
reservation p1 UPDATE_IN_TRANSIT Basic=7 CUWL=1
license Basic reserved=7
license CUWL reserved=1
confirm p1 code=C3
reservation p1 RESERVED Basic=2 CUWL=0
license Basic reserved=2 available=8
license CUWL reserved=0 available=2
# Returned: all is free, the product is gone; the same code again says so.
return p1 code=C2 -> CODE_OLD says="license smart reservation return"
return p1 code=C3
reservation p1 NONE
license Basic reserved=0 available=10
return p1 code=C3 -> CODE_USED says="has ended (RETURNED"
events reservation.create=1 reservation.update=2 reservation.confirm=3 reservation.return=1
# It may register now, or reserve again.
register p1 token=T
reserve p1 Basic=1 -> ALREADY_REGISTERED says="license smart deregister"
deregister p1
reserve p1 as=C4 Basic=1
return p1 code=C3 -> CODE_USED
return p1 code=C4
restart
reservation p1 NONE
