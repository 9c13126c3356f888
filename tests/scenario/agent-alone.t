# An agent whose server is gone for 400 days passes through its states on the right days.
order Enhanced=5
token T1 days=365
agent A
run A license usage set Enhanced=5
run A license smart register idtoken $T1
state A registration=REGISTERED authorization=AUTHORIZED
server satellite down
advance 30d
state A registration=REGISTERED authorization=AUTHORIZED
advance 60d -1ms
state A registration=REGISTERED authorization=AUTHORIZED
license Enhanced in-use=5
advance 1ms
state A registration=REGISTERED authorization="AUTHORIZATION EXPIRED"
license Enhanced in-use=0
advance 275d -1ms
state A registration=REGISTERED authorization="AUTHORIZATION EXPIRED" evaluation-left=90d
advance 1ms
state A registration="UNREGISTERED - REGISTRATION EXPIRED" authorization="EVALUATION MODE" evaluation-left=90d
restart
server satellite down
advance 35d
state A registration="UNREGISTERED - REGISTRATION EXPIRED" authorization="EVALUATION MODE" evaluation-left=55d
advance 55d -1ms
state A authorization="EVALUATION MODE"
advance 1ms
state A authorization="EVAL EXPIRED"
# It still may use less, but not more.
run A license usage set Enhanced=6 -> EVALUATION_EXPIRED
run A license usage set Enhanced=4
# The server comes back. With a new token the product gets a new registration.
server satellite up
sync
token T2
run A license smart register idtoken $T2
state A registration=REGISTERED authorization=AUTHORIZED
license Enhanced in-use=4
instances Default=1
events instance.replace=1 instance.register=2
