# Registration and reservation exclude each other, and only one of them spends no evaluation period at a time.
order Basic=10
permit-reservation Acme yes
sync
token T
product p1 serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
agent A serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
run A license smart register idtoken $T
run A license smart reservation enable -> RESERVATION_STATE says="license smart deregister"
run A license smart deregister
advance 10d
run A license smart reservation enable
advance 20d
state A evaluation-left=60d authorization="EVALUATION MODE"
run A license smart register idtoken $T -> RESERVATION_IN_USE
run A license smart deregister -> RESERVATION_IN_USE
reserve p1 as=C1 Basic=4
run A license smart reservation install $C1
confirm p1 code=C1
advance 300d
state A evaluation-left=60d authorization="AUTHORIZED - RESERVED"
run A license smart register idtoken $T force -> RESERVATION_IN_USE says="license smart reservation return"
run A license smart renew auth -> RESERVATION_IN_USE
run A license smart renew id -> RESERVATION_IN_USE
run A license usage update -> RESERVATION_IN_USE
run A license smart deregister -> RESERVATION_IN_USE
run A utils ctl set-cluster mixed-mode -> EXPORT_NOT_ALLOWED
run A license smart reservation return -> OK returns=C1
run A license smart reservation disable
# The server is not told yet, so it refuses.
token T2
sync
run A license smart register idtoken $T2 -> RESERVATION_IN_USE
return p1 code=C1
run A license smart register idtoken $T2
state A registration=REGISTERED evaluation-left=60d
run A license smart deregister
advance 60d -1ms
state A authorization="EVALUATION MODE"
advance 1ms
state A authorization="EVAL EXPIRED"
run A license usage set Basic=1 -> EVALUATION_EXPIRED
# A reservation does as well as a registration.
run A license smart reservation enable
run A license usage set Basic=1 -> EVALUATION_EXPIRED
reserve p1 as=C2 Basic=4
run A license smart reservation install $C2
run A license usage set Basic=1
state A authorization="AUTHORIZED - RESERVED"
