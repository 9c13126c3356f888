# What the product knows of its reservation is on the disk after each step.
order Basic=10
permit-reservation Acme yes
sync
product p1 serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
agent A serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
run A license smart reservation enable
restart
state A registration="RESERVATION IN PROGRESS" contains="License Reservation is ENABLED"
run A license smart reservation request
restart
state A contains="Request Code: P:UCM,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920"
reserve p1 as=C1 Basic=4
run A license smart reservation install $C1 -> OK confirms=C1
restart
state A registration="REGISTERED - SPECIFIC LICENSE RESERVATION"
run A show license status
run A show license all -> OK
state A contains="Last Confirmation Code: "
confirm p1 code=C1
run A license smart reservation return -> OK returns=C1
restart
# The return code can still be read, and the code not be used again.
state A registration=UNREGISTERED contains="Last Return Code: "
return p1 code=C1
run A license smart reservation request
run A license smart reservation install $C1 -> CODE_USED
reserve p1 as=C2 Basic=1
run A license smart reservation install $C2 -> OK confirms=C2
state A contains="Reservation Status: SPECIFIC INSTALLED"
