# A request without licenses is kept as IN_PROGRESS: it blocks nothing and hinders nobody, and goes on with licenses, in
# the virtual account where it was begun; or it is cancelled.
permit-reservation Acme yes
order Basic=5
virtual-account add Branch
product p1
token T
reserve p1
reservation p1 IN_PROGRESS
license Basic reserved=0 available=5
reserve p1
events reservation.request=1 reservation.create=0
update p1 Basic=1 -> RESERVATION_STATE says="no code was issued yet"
confirm p1 text=1fc54c75 -> RESERVATION_STATE
return p1 text=00000I-fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI -> RESERVATION_STATE says="No authorization code was issued"
reserve p1 va=Branch Basic=1 -> RESERVATION_IN_USE says="was begun in 'Default'. Go on there, or cancel that first"
# It may register in the meantime, and then cannot reserve.
register p1 token=T
reserve p1 Basic=1 -> ALREADY_REGISTERED
deregister p1
reserve p1 Basic=6 -> NOT_ENOUGH
reservation p1 IN_PROGRESS
reserve p1 as=C1 Basic=5 -> OK Basic:5:PERPETUAL
reservation p1 RESERVED Basic=5
cancel p1 -> RESERVATION_STATE says="enter the return code"
return p1 code=C1
reserve p1
cancel p1
reservation p1 NONE
events reservation.request=2 reservation.cancel=1
reserve p1 va=Branch
virtual-account delete Branch -> VIRTUAL_ACCOUNT_IN_USE says="holds 1 reservation."
cancel p1
virtual-account delete Branch
