# Licenses are reserved where the virtual account is served, and a virtual account that holds a reservation stays.
permit-reservation Acme yes
order Basic=5 unsynced
order Basic=3 va=Direct
product p1
product p2 at=manager
reserve p1 at=manager va="Site A" Basic=1 -> SERVED_ELSEWHERE says="satellite 'satellite'"
reserve p2 at=manager va=Direct as=M1 Basic=2 -> OK Basic:2:PERPETUAL
license Basic at=manager va=Direct quantity=3 reserved=2 available=1
virtual-account delete Direct at=manager -> VIRTUAL_ACCOUNT_IN_USE
# Nor can a satellite get it then.
satellite S2 virtual=Direct
export REG at=S2
authorize REG AUTH -> VIRTUAL_ACCOUNT_IN_USE says="holds 1 license reservation. Return or cancel it first."
sync
# The satellite's own, signed by its own signer.
reserve p1 as=C1 Basic=2
virtual-account add Branch
reserve p2 va=Nowhere Basic=1 -> VIRTUAL_ACCOUNT_UNKNOWN
reserve p2 account=Nobody Basic=1 -> ACCOUNT_UNKNOWN
product p3
reserve p3 as=B1 va=Branch Basic=1 -> NOT_ENOUGH
transfer Basic=1 from=Default to=Branch
reserve p3 as=B1 va=Branch Basic=1
virtual-account delete Branch -> VIRTUAL_ACCOUNT_IN_USE
return p3 code=B1
transfer Basic=1 from=Branch to=Default
virtual-account delete Branch
# What it knows of old codes outlives the virtual account.
return p3 code=B1 -> CODE_USED
return p2 at=manager code=M1
# Each server knows its own codes only.
return p1 at=manager code=C1 -> RESERVATION_UNKNOWN
