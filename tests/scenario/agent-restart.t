# Server and agent are restarted in between; nothing is lost and nothing is registered twice.
order Enhanced=5
sync every 30d
token T1 uses=1
agent A
run A license usage set Enhanced=3
run A license smart register idtoken $T1
restart
state A registration=REGISTERED authorization=AUTHORIZED contains="Account: Acme"
advance 179d
restart
advance 1d
state A RENEW_REGISTRATION=1
restart
advance 1d
state A registration=REGISTERED authorization=AUTHORIZED
license Enhanced in-use=3
# The server is away for a week: the product keeps its rights and comes back by itself.
server satellite down
advance 7d
state A registration=REGISTERED authorization=AUTHORIZED
server satellite up
advance 5h
restart
state A registration=REGISTERED authorization=AUTHORIZED
run A license smart deregister
state A registration=UNREGISTERED
license Enhanced in-use=0
token-is T1 EXPIRED uses=1
events instance.register=1 instance.renew=1 instance.deregister=1
