# What is reserved serves nobody else and lends nothing, ends with its lot, and does not move in a what-if either.
permit-reservation Acme yes
order TelePresenceRoom=5
order TelePresenceRoom=3 type=TERM end=100d
product reserved
reserve reserved as=C1 TelePresenceRoom=2 -> OK TelePresenceRoom:2:PERPETUAL
virtual-account add Branch
token T1 days=3650
product a
register a token=T1
report a TelePresenceRoom=6 -> AUTHORIZED
forecast TelePresenceRoom first-short=+100d missing=3 cause=LOTS_END needed=3 says="3 of 8 licenses end on 11 Apr 2026; 6 in use, 2 reserved"
what-if TelePresenceRoom use=TelePresenceRoom:7 first-short=+0ms missing=1 cause=NOW says="7 in use, 8 licenses, 2 reserved"
what-if TelePresenceRoom use=TelePresenceRoom:3 first-short=none needed=0
what-if TelePresenceRoom move=TelePresenceRoom:7:Default:Branch -> NOT_ENOUGH says="only 6 are there and not reserved"
what-if TelePresenceRoom use=TelePresenceRoom:0 move=TelePresenceRoom:6:Default:Branch first-short=none quantity=2
# Reserved of the lot that ends: they end with it, and are not missing then.
order CUWL=4 type=TERM end=50d
product another
reserve another as=C2 CUWL=4 -> OK CUWL:4:TERM
forecast CUWL first-short=none needed=0
report a TelePresenceRoom=6 CUWL=1 -> OUT_OF_COMPLIANCE
forecast CUWL first-short=+0ms missing=1 until=none needed=1 says="1 in use, 4 licenses, 4 reserved"
