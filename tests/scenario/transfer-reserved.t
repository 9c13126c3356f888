# What is reserved never moves, not even by force; it lends nothing, and explain says so.
permit-reservation Acme yes
order Basic=5
order Basic=3 type=TERM end=100d
virtual-account add Branch
product reserved serial=S-1
reserve reserved as=C1 Basic=2 -> OK Basic:2:PERPETUAL
license Basic quantity=8 reserved=2 available=6
transfer Basic=7 from=Default to=Branch -> NOT_ENOUGH says="6 free in 'Default': 8 owned, 0 in use, 2 reserved; 'Branch': 0 owned"
transfer Basic=7 from=Default to=Branch force -> NOT_ENOUGH says="6 free"
transfer Basic=4 from=Default to=Branch type=PERPETUAL -> NOT_ENOUGH says="4 of UC Manager Basic License (12.x) of type PERPETUAL asked, 3 free"
transfer Basic=3 from=Default to=Branch type=PERPETUAL
transfer Basic=1 from=Default to=Branch type=PERPETUAL force -> NOT_ENOUGH says="0 free"
transfer Basic=3 from=Default to=Branch force
license Basic quantity=2 reserved=2 available=0
license Basic va=Branch quantity=6 reserved=0
explain Basic says="2 are owned and 0 are in use, 2 are reserved." says="without an end; 2 of them are reserved."
explain Basic says="2 are reserved: 2 for PID UCM, SN S-1; no other product can use them."
# The reserved ones serve nobody else, nor do they lend.
token T1
product a
register a token=T1
report a Essential=1 -> OUT_OF_COMPLIANCE
explain Essential says="UC Manager Basic License (12.x) has none left to lend: 2 are owned, 0 are in use, 2 are reserved."
update reserved as=C2 Basic=1
confirm reserved code=C2
expect a status=Authorized
license Essential borrowed=1 available=0
# What is lent does not go, what is reserved does not either.
transfer Basic=1 from=Default to=Branch -> NOT_ENOUGH says="0 free in 'Default': 2 owned, 0 in use, 1 reserved, 1 lent"
transfer Basic=2 from=Default to=Branch force -> NOT_ENOUGH
transfer Basic=1 from=Default to=Branch force
expect a status="Out Of Compliance"
license Basic quantity=1 reserved=1 available=0
