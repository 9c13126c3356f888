# Session Management Edition needs its minimum in a reservation: one CUWL.
permit-reservation Acme yes
order CUWL=2 Enhanced=5
product sme pid=UCM_SME
product ucm
reserve sme Enhanced=1 -> RESERVATION_MINIMUM says="UCM_SME needs at least 1 of UC Manager CUWL License (12.X) in its reservation; asked are 0"
reserve sme as=C1 CUWL=1 -> OK CUWL:1:PERPETUAL
update sme Enhanced=2 -> RESERVATION_MINIMUM
update sme as=C2 CUWL=1 Enhanced=2
confirm sme code=C2
reserve ucm as=D1 Enhanced=1
# The whole set is asked for, each kind once, in whole positive numbers.
update ucm -> INVALID_REQUEST says="Name the licenses"
update ucm Enhanced=1 Enhanced=1 -> INVALID_REQUEST says="named twice"
update ucm Enhanced=0 -> INVALID_REQUEST
update ucm Enhanced=-1 -> INVALID_REQUEST
update ucm Enhanced=2147483648 -> INVALID_REQUEST
update ucm Nothing=1 -> ENTITLEMENT_UNKNOWN
