# A dead product returns nothing: an administrator removes its reservation, and says why.
permit-reservation Acme yes
order Basic=5
product p1
reserve p1 as=C1 Basic=2
update p1 as=C2 Basic=4
remove-reservation p1 -> INVALID_REQUEST says="1 to 500 characters"
remove-reservation p1 reason="burnt down on 3 May, see ticket 4711"
reservation p1 NONE
license Basic reserved=0 available=5
events reservation.remove=1 alert.raise=1
alert reservation-removed severity=MAJOR says="Reason: burnt down on 3 May, see ticket 4711"
# It was not so dead.
return p1 code=C2 -> CODE_USED says="has ended (REMOVED"
confirm p1 code=C2 -> RESERVATION_UNKNOWN
remove-reservation p1 reason=again -> RESERVATION_UNKNOWN
# A request that has no code yet is removed without an alert; a return is told.
reserve p1
remove-reservation p1 reason="typed into the wrong account"
events alert.raise=1
reserve p1 as=C3 Basic=1
return p1 code=C3
events alert.raise=2 reservation.return=1
alert reservation-returned severity=MINOR says="1 license is free"
