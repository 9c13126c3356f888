# Nothing is borrowed for a reservation, and no lender is made short by one. What is free for a reservation is own
# licenses that are neither used, reserved nor lent, unless another lender can step in.
permit-reservation Acme yes
order CUWL=3 Basic=5
token T
product a
product p1
product p2
product p3
register a token=T
report a Basic=7 -> AUTHORIZED Basic:InCompliance:7
license Basic borrowed=2 available=0
license CUWL lent=2 available=1
# Basic borrows for its users already: none of its own are free.
reserve p1 Basic=1 -> NOT_ENOUGH says="2 borrowed; nothing is borrowed for a reservation"
# CUWL lends two.
reserve p1 CUWL=2 -> NOT_ENOUGH says="1 can be reserved in 'Default': 3 owned, 0 in use, 0 reserved, 2 lent"
reserve p1 as=C1 CUWL=1
license CUWL quantity=3 reserved=1 lent=2 available=0
report a Basic=7 -> AUTHORIZED
# Two kinds of one family together: each alone would do.
report a Basic=5
order EnhancedPlus=2
reserve p2 CUWL=2 EnhancedPlus=2 Basic=1 -> NOT_ENOUGH
report a Basic=6
reserve p2 CUWL=2 EnhancedPlus=2 -> NOT_ENOUGH says="2 of UC Manager Enhanced Plus License (12.x) asked, 1 can be reserved"
# The nearer lender's licenses are reserved; the farther one lends instead.
license EnhancedPlus lent=1
reserve p2 as=D1 EnhancedPlus=2
license EnhancedPlus lent=0 reserved=2 available=0
license CUWL lent=1 reserved=1 available=1
license Basic borrowed=1 status="In Compliance"
# What is reserved is not lent: more use is a shortage.
report a Basic=8 -> OUT_OF_COMPLIANCE
license Basic available=-1
return p2 code=D1
report a Basic=8 -> AUTHORIZED
reserve p3 TelePresenceRoom=1 -> NOT_ENOUGH says="0 owned"
