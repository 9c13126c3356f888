# An agent left alone for 400 days with its server there: it reports every day, renews its registration every six
# months and never falls out of its rights.
order Enhanced=5 Basic=2
sync every 30d
token T1
agent A
state A registration=UNREGISTERED authorization="EVALUATION MODE" evaluation-left=90d
run A license usage set Enhanced=5 Basic=2
advance 10d
state A evaluation-left=80d
run A license smart register idtoken $T1
state A registration=REGISTERED authorization=AUTHORIZED REGISTRATION=1 AUTHORIZATION=1
license Enhanced in-use=5
advance 1d
state A AUTHORIZATION=2
advance 179d
state A registration=REGISTERED authorization=AUTHORIZED RENEW_REGISTRATION=1
advance 180d
state A registration=REGISTERED authorization=AUTHORIZED RENEW_REGISTRATION=2 evaluation-left=80d
advance 40d
state A registration=REGISTERED authorization=AUTHORIZED REGISTRATION=1 AUTHORIZATION=401
license Enhanced in-use=5 status="In Compliance"
instances Default=1
# 400 unchanged reports are no events.
events instance.register=1 instance.renew=2 usage.change=1
