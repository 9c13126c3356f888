# What a product keeps private holds for its next registration, and it is served as any other.
order Enhanced=5
token T1 uses=5
agent A
run A license smart privacy all
run A license usage set Enhanced=2
run A license smart register idtoken $T1
state A registration=REGISTERED authorization=AUTHORIZED
license Enhanced in-use=2
run A license smart privacy none
run A license smart deregister
run A license smart register idtoken $T1
state A registration=REGISTERED authorization=AUTHORIZED
instances Default=1
