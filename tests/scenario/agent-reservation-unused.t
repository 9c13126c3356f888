# A code that was never installed goes back by return-authorization, and can never be installed afterwards.
order Basic=10
permit-reservation Acme yes
sync
product p1 serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
agent A serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
run A license smart reservation cancel -> RESERVATION_STATE
run A license smart reservation enable
run A license smart reservation request
reserve p1 as=C1 Basic=4
run A license smart reservation cancel
state A registration=UNREGISTERED
run A license smart reservation install $C1 -> RESERVATION_STATE says="return-authorization"
license Basic reserved=4
run A license smart reservation return-authorization $C1 -> OK returns=C1
return p1 code=C1
license Basic reserved=0 available=10
run A license smart reservation request
run A license smart reservation install $C1 -> CODE_USED
# Without reservation being enabled, too.
run A license smart reservation disable
reserve p1 as=C2 Basic=4
run A license smart reservation return-authorization $C2 -> OK returns=C2
return p1 code=C2
license Basic reserved=0
# An update that nobody wants is not given back so: the server issues the old set again.
run A license smart reservation enable
reserve p1 as=C3 Basic=4
run A license smart reservation install $C3
confirm p1 code=C3
update p1 as=C4 Basic=9
run A license smart reservation return-authorization $C4 -> RESERVATION_STATE says="ends the whole reservation"
cancel p1 as=C5
run A license smart reservation install $C5 -> OK confirms=C5
run A license smart reservation install $C4 -> CODE_OLD
confirm p1 code=C5
reservation p1 RESERVED Basic=4
