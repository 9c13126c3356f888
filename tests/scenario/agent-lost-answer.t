# The server is away when the product registers: it goes on trying, and registers once.
order Basic=2
token T1 uses=1
agent A
run A license usage set Basic=2
server satellite down
run A license smart register idtoken $T1 -> CONNECT_FAILED
state A registration="REGISTERING - REGISTRATION IN PROGRESS"
advance 3h
restart
state A registration="REGISTERING - REGISTRATION IN PROGRESS"
server satellite up
advance 5h
state A registration=REGISTERED authorization=AUTHORIZED
license Basic in-use=2
token-is T1 EXHAUSTED uses=1
instances Default=1
# A server that cannot be reached does not hold the product: it deregisters here, and is removed there by hand.
server satellite down
run A license smart deregister
state A registration=UNREGISTERED
server satellite up
instances Default=1
license Basic in-use=2
# If nobody does, its rights end by themselves after 90 days.
advance 90d
license Basic in-use=0
