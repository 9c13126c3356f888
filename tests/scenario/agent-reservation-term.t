# A term in a reservation ends at its second on both sides, without any message; the reservation goes on without it.
order Basic=5 type=TERM end=10d
order Enhanced=3
permit-reservation Acme yes
sync
product p1 serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
agent A serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
run A license usage set Basic=5 Enhanced=3
run A license smart reservation enable
reserve p1 as=C1 Basic=5 Enhanced=3
run A license smart reservation install $C1 -> OK confirms=C1
confirm p1 code=C1
state A authorization="AUTHORIZED - RESERVED" contains="License Type: TERM"
advance 10d -1ms
state A authorization="AUTHORIZED - RESERVED" contains="Total Reserved Count: 5"
license Basic quantity=5 reserved=5
advance 1ms
state A registration="REGISTERED - SPECIFIC LICENSE RESERVATION" authorization="NOT AUTHORIZED - RESERVED" contains="Total Reserved Count: 0"
license Basic quantity=0 reserved=0
restart
state A authorization="NOT AUTHORIZED - RESERVED" contains="Term: Ended"
run A license usage set Basic=0
state A authorization="AUTHORIZED - RESERVED"
# The clock goes back: what has ended stays so until the clock is right again.
clock -1d
state A authorization="AUTHORIZED - RESERVED"
run A license usage set Basic=1
state A authorization="NOT AUTHORIZED - RESERVED"
clock 1d
run A license smart reservation return -> OK returns=C1
return p1 code=C1
