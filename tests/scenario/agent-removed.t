# An administrator removes a product: its licenses are free at once; the product learns it at its next contact, says why,
# and lives on to its own 90 days. Then its administrator registers it again.
order Enhanced=5
token T1
agent A serial=77
run A license smart register idtoken $T1
run A license usage set Enhanced=5
run A license usage update
license Enhanced in-use=5
remove A
license Enhanced in-use=0
state A registration=REGISTERED authorization=AUTHORIZED
advance 24h
state A authorization=AUTHORIZED contains="removed by an administrator on"
state A contains="Register the product again"
run A license smart register idtoken $T1 force
state A registration=REGISTERED authorization=AUTHORIZED
license Enhanced in-use=5
# Moved by an administrator: the product says so after its next renewal.
virtual-account add Branch
transfer-instance A to=Branch force
run A license smart renew auth
state A contains="Virtual Account: Default"
run A license smart renew id
state A contains="Virtual Account: Branch"
