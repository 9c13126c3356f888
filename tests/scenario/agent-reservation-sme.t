# Session Management Edition by codes, at the cloud manager directly: its minimum is in the code.
permit-reservation Acme yes
order CUWL=2 va=Direct
product sme pid=UCM_SME serial=SME1 uuid=6fe83addc80240bc92dc071ac7a37624 at=manager
agent S product=SME serial=SME1 uuid=6fe83addc80240bc92dc071ac7a37624 at=manager
run S license smart reservation enable
run S license smart reservation request -> OK says=P:UCM_SME,S:SME1,U:6fe83add-c802-40bc-92dc-071ac7a37624
reserve sme as=C1 CUWL=1 at=manager va=Direct
run S license usage set CUWL=1
run S license smart reservation install $C1 -> OK confirms=C1
state S registration="REGISTERED - SPECIFIC LICENSE RESERVATION" authorization="AUTHORIZED - RESERVED"
confirm sme code=C1 at=manager
license CUWL at=manager va=Direct quantity=2 reserved=1
run S license smart reservation return -> OK returns=C1
return sme code=C1 at=manager
license CUWL at=manager va=Direct reserved=0
