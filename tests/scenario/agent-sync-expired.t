# The satellite is not synchronized for 90 days: products live on to their own 90 days, and the next
# synchronization repairs all at once.
order Enhanced=5
token T1 days=365
agent A
run A license usage set Enhanced=5
run A license smart register idtoken $T1
advance 90d -1ms
state A authorization=AUTHORIZED
advance 90d
state A registration=REGISTERED authorization="AUTHORIZATION EXPIRED"
license Enhanced in-use=0
sync
advance 2h
state A registration=REGISTERED authorization=AUTHORIZED
license Enhanced in-use=5
