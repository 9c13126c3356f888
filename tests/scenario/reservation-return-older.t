# A product that returns an older code can still install the newer one, so the licenses of that stay blocked until it is
# confirmed or returned too: no license is used twice.
permit-reservation Acme yes
order CUWL=3 Basic=10
sync
agent A serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
product p1 serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
product p2
token T
run A license smart reservation enable
run A license smart reservation request
reserve p1 as=C1 Basic=6 CUWL=1
run A license smart reservation install $C1
update p1 as=C2 Basic=4
reservation p1 UPDATE_IN_TRANSIT Basic=6 CUWL=1
run A license smart reservation return -> OK returns=C1
return p1 code=C1
reservation p1 UPDATE_IN_TRANSIT Basic=4 CUWL=0
license Basic reserved=4 available=6
license CUWL reserved=0 available=3
events reservation.return=0 reservation.return-older=1
# Nothing goes on as if it had ended.
return p1 code=C1 -> CODE_USED says="return-authorization"
confirm p1 code=C1 -> CODE_OLD
cancel p1 -> RESERVATION_STATE says="nothing to go back to"
update p1 Basic=1 -> RESERVATION_STATE
reserve p1 Basic=1 -> RESERVATION_IN_USE
register p1 token=T -> RESERVATION_IN_USE
reserve p2 Basic=7 -> NOT_ENOUGH
# It can ask for a new one and install the update all the same.
run A license smart reservation request
run A license smart reservation install $C2 -> OK confirms=C2
confirm p1 code=C2
reservation p1 RESERVED Basic=4
license Basic reserved=4 available=6
# Or it gives the newer one back without ever installing it.
update p1 as=C3 Basic=9
run A license smart reservation return -> OK returns=C2
return p1 code=C2
license Basic reserved=9 available=1
run A license smart reservation return-authorization $C3 -> OK returns=C3
return p1 code=C3
reservation p1 NONE
license Basic reserved=0 available=10
events reservation.return=1 reservation.return-older=2
return p1 code=C3 -> CODE_USED
# A cancelled update leaves three codes. What is returned takes only itself and the older ones with it.
reserve p1 as=D1 Basic=2
update p1 as=D2 Basic=5
cancel p1 as=D3
return p1 code=D1
reservation p1 UPDATE_IN_TRANSIT Basic=5
return p1 code=D1 -> CODE_USED
cancel p1 -> RESERVATION_STATE says="cancelled already"
return p1 code=D2
reservation p1 UPDATE_IN_TRANSIT Basic=2
return p1 code=D2 -> CODE_USED
return p1 code=D3
license Basic reserved=0
reserve p1 as=E1 Basic=2
update p1 as=E2 Basic=5
cancel p1 as=E3
return p1 code=E2
reservation p1 UPDATE_IN_TRANSIT Basic=2
confirm p1 code=E3
reservation p1 RESERVED Basic=2
# A product that is dead.
update p1 as=E4 Basic=3
return p1 code=E3
remove-reservation p1 reason="burnt down"
license Basic reserved=0
