# The whole way of a reservation by the product's own commands: request, code, update, confirmation, return. The pool is
# right after each step, and nothing is ever sent.
order CUWL=2 Basic=10
permit-reservation Acme yes
sync
product p1 serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
agent A serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
run A license usage set Basic=4
run A license smart reservation enable -> OK says="License reservation mode is enabled successfully."
state A registration="RESERVATION IN PROGRESS" authorization="EVALUATION MODE"
run A license smart reservation request -> OK says=P:UCM,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920
# The code, and its confirmation.
reserve p1 request=P:UCM,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920 as=C1 Basic=4
license Basic quantity=10 reserved=4 in-use=0 available=6
run A license smart reservation install $C1 -> OK confirms=C1
state A registration="REGISTERED - SPECIFIC LICENSE RESERVATION" authorization="AUTHORIZED - RESERVED"
confirm p1 code=C1
reservation p1 RESERVED Basic=4
# Nothing is borrowed: what is in use beyond is not authorized, and told to nobody.
run A license usage set Basic=6 -> OK says="6 in use, 4 reserved"
state A authorization="NOT AUTHORIZED - RESERVED" contains="Total Reserved Count: 4"
license Basic reserved=4 in-use=0 available=6
# The update: both sets are blocked until the product says what it has.
update p1 as=C2 Basic=6 CUWL=1
reservation p1 UPDATE_IN_TRANSIT Basic=6 CUWL=1
state A authorization="NOT AUTHORIZED - RESERVED"
run A license smart reservation install $C2 -> OK confirms=C2
state A authorization="AUTHORIZED - RESERVED"
confirm p1 code=C2
license Basic reserved=6 available=4
# Less again.
run A license usage set Basic=2
update p1 as=C3 Basic=2
license Basic reserved=6
run A license smart reservation install $C3 -> OK confirms=C3
confirm p1 code=C3
license Basic reserved=2 available=8
license CUWL reserved=0
advance 400d
state A authorization="AUTHORIZED - RESERVED" REGISTRATION=0 AUTHORIZATION=0 RENEW_REGISTRATION=0 HELLO=0
# Returned: first on the product, then at the server.
run A license smart reservation return -> OK returns=C3
state A registration=UNREGISTERED
license Basic reserved=2
return p1 code=C3
reservation p1 NONE
license Basic reserved=0 available=10
# The ordinary way again.
token T
run A license smart register idtoken $T -> RESERVATION_IN_USE says="license smart reservation disable"
run A license smart reservation disable
sync
run A license smart register idtoken $T
state A registration=REGISTERED authorization=AUTHORIZED
license Basic reserved=0 in-use=2
