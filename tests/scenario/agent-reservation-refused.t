# A product refuses a code of another product, one that was altered or cut, and one that is not newer than all it ever
# had, also after a return. What is refused changes nothing.
order Basic=20
permit-reservation Acme yes
sync
product p1 serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
product p2 serial=cc921 uuid=e53fc96802534d61a355ba908a6cc920
agent A serial=cc920 uuid=e53fc96802534d61a355ba908a6cc920
reserve p1 as=C1 Basic=4
reserve p2 as=D1 Basic=4
run A license smart reservation install $C1 -> RESERVATION_STATE says="license smart reservation enable"
run A license smart reservation request -> RESERVATION_STATE
run A license smart reservation enable
run A license smart reservation request
run A license smart reservation install $D1 -> CODE_WRONG_PRODUCT says="is for the product P:UCM,S:cc921"
alter-code C1 X1 from="<count>4<" to="<count>9<"
run A license smart reservation install $X1 -> CODE_UNTRUSTED
run A license smart reservation return-authorization $X1 -> CODE_UNTRUSTED
alter-code D1 X2 from=cc921 to=cc920
run A license smart reservation install $X2 -> CODE_UNTRUSTED
alter-code C1 X3 from="<licenseType>PERPETUAL" to="<licenseType> PERPETUAL"
run A license smart reservation install $X3 -> CODE_ALTERED
alter-code C1 X4 from="</udi>" to="</udi><udi></udi>"
run A license smart reservation install $X4 -> CODE_ALTERED
alter-code C1 X5 cut=1
run A license smart reservation install $X5 -> CODE_INVALID says="is cut"
alter-code C1 X6 from="<specificPLR>" to=""
run A license smart reservation install $X6 -> CODE_INVALID
run A license smart reservation install nonsense -> CODE_INVALID
state A registration="RESERVATION IN PROGRESS"
# The right one, once; then only newer ones.
run A license smart reservation install $C1 -> OK confirms=C1
run A license smart reservation install $C1 -> CODE_USED says="is installed already"
confirm p1 code=C1
advance 1h
update p1 as=C2 Basic=2
run A license smart reservation install $C2 -> OK confirms=C2
run A license smart reservation install $C1 -> CODE_OLD
confirm p1 code=C2
run A license smart reservation cancel -> RESERVATION_STATE
run A license smart reservation disable -> RESERVATION_IN_USE
run A license smart reservation return-authorization $C2 -> RESERVATION_STATE says="license smart reservation return"
run A license smart reservation return -> OK returns=C2
run A license smart reservation install $C2 -> RESERVATION_STATE
run A license smart reservation request
run A license smart reservation install $C2 -> CODE_USED says="was given back"
run A license smart reservation install $C1 -> CODE_OLD
return p1 code=C2
reserve p1 as=C3 Basic=1
run A license smart reservation install $C3 -> OK confirms=C3
