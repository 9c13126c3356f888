# What people carry is judged: codes of another product, altered, used twice, cut; each has its own name, and nothing
# changes. Request codes with a nonce are good for one reservation.
permit-reservation Acme yes
order Basic=20
product p1
product p2
product sw pid=C9300-24UX serial=FCW2134L0RN uuid=""
# Both forms of requests, as people paste them.
reserve p1 request="hello" Basic=1 -> CODE_INVALID says="begins with neither"
reserve p1 request="P:UCM,S:cc920" Basic=1 -> CODE_INVALID
reserve p1 as=A1 request="  P:UCM,S:cc920,U:E53FC968-0253-4D61-A355-BA908A6CC920  " Basic=1
reserve p1 request="P:UCM,S:cc920,U:e53fc96802534d61a355ba908a6cc920" Basic=1 -> RESERVATION_IN_USE says="UCM, SN cc920"
reserve sw as=S1 nonce=AK9A6sMTr Basic=2
reservation sw RESERVED Basic=2
# The two digits at the end are read without being checked, so another pair does not make another request.
reserve sw request="CB-ZC9300-24UX:FCW2134L0RN-AK9A6sMTr-86" Basic=2 -> RESERVATION_IN_USE
return sw code=S1
reserve sw nonce=AK9A6sMTr Basic=2 -> CODE_USED says="was used on"
reserve sw request="CB-ZC9300-24UX:FCW2134L0RN-AK9A6sMTr-86" Basic=2 -> CODE_USED
reserve sw as=S2 nonce=AK9A6sMTs Basic=2
# Two products.
reserve p1 as=C1 Basic=3
reserve p2 as=D1 Basic=4
confirm p1 code=D1 -> CODE_WRONG_PRODUCT
return p1 code=D1 -> CODE_WRONG_PRODUCT says="not from P:UCM"
return p2 code=C1 -> CODE_WRONG_PRODUCT
return p1 text=00000I-fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI -> CODE_ALTERED says="answers no code that was issued"
return p1 text=00000I-fez7wJ-6t7NqM -> CODE_INVALID says="18 of 48"
return p1 text="" -> CODE_INVALID
return p1 text=zzzzzz-zzzzzz-zzzzzz-zzzzzz-zzzzzz-zzzzzz-zzzzzz-zzzzzz -> CODE_INVALID says="typing error"
confirm p1 text=0000000 -> CODE_INVALID says="only 7"
confirm p1 text=00000000x -> CODE_INVALID
confirm p1 text=00000000 -> CODE_ALTERED
license Basic reserved=10
return p1 code=C1
return p2 code=D1
# Of a product that has nothing any more, or never had.
return p2 code=C1 -> CODE_WRONG_PRODUCT
return p2 code=D1 -> CODE_USED
return p2 text=00000I-fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI -> RESERVATION_UNKNOWN
confirm p2 code=D1 -> RESERVATION_UNKNOWN
update p2 Basic=1 -> RESERVATION_UNKNOWN
cancel p2 -> RESERVATION_UNKNOWN
