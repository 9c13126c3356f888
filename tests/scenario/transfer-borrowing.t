# Transfers and borrowing: what a pool has lent cannot go, what another can lend instead may; the receiver is healed by
# what arrives, also through its family.
order CUWL=3 Basic=5
virtual-account add Branch
token TD days=3650
token TB days=3650 va=Branch
product d
product b
register d token=TD
register b token=TB
report d Basic=7 -> AUTHORIZED
report b Basic=2 -> OUT_OF_COMPLIANCE
# CUWL lends 2 of its 3: one may go, and a refusal names both sides.
transfer CUWL=2 from=Default to=Branch -> NOT_ENOUGH says="2 of UC Manager CUWL License (12.X) asked, 1 free in 'Default': 3 owned, 0 in use, 0 reserved, 2 lent; 'Branch': 0 owned, 0 in use, 0 reserved. With force it is done all the same."
transfer Basic=1 from=Default to=Branch -> OK
# 5 Basic and 3 CUWL serve 7: a Basic may go as long as CUWL fills the gap.
license Basic quantity=4 in-use=7 borrowed=3 available=0
license CUWL lent=3 available=0
license Basic va=Branch quantity=1 in-use=2 available=-1
transfer Basic=1 from=Default to=Branch -> NOT_ENOUGH says="0 free in 'Default': 4 owned, 7 in use, 0 reserved, 3 borrowed; 'Branch': 1 owned, 2 in use, 0 reserved, 1 missing."
transfer CUWL=1 from=Default to=Branch -> NOT_ENOUGH says="0 free"
# By force the shortage moves to the other side: Branch is healed by a higher license, Default goes out.
transfer CUWL=1 from=Default to=Branch force
license Basic va=Branch quantity=1 borrowed=1 available=0 status="In Compliance"
license CUWL va=Branch quantity=1 lent=1 available=0
license Basic borrowed=2 available=-1 status="Out Of Compliance"
license CUWL quantity=2 lent=2 available=0 status="In Compliance"
expect b status=Authorized
expect d status="Out Of Compliance"
history Basic va=Branch count=1 open=no ended-by=license.transfer
history Basic count=1 open=yes shortage=1 by=license.transfer
# A pool that is short already may give what it does not use itself only if nothing gets shorter.
transfer Basic=1 from=Default to=Branch -> NOT_ENOUGH says="2 borrowed, 1 missing"
# Back again: what Branch borrows may not go, unless Basic comes in its place.
transfer CUWL=1 from=Branch to=Default -> NOT_ENOUGH says="1 of UC Manager CUWL License (12.X) asked, 0 free in 'Branch': 1 owned, 0 in use, 0 reserved, 1 lent"
order Basic=1
transfer Basic=1 from=Default to=Branch -> NOT_ENOUGH says="0 free"
transfer Basic=1 from=Default to=Branch force
transfer CUWL=1 from=Branch to=Default
license Basic va=Branch quantity=2 borrowed=0 available=0 status="In Compliance"
license Basic quantity=4 borrowed=3 available=0 status="In Compliance"
# The product uses less: what is free again is told exactly.
report d Basic=5 -> AUTHORIZED
transfer CUWL=3 from=Default to=Branch -> NOT_ENOUGH says="3 of UC Manager CUWL License (12.X) asked, 2 free"
transfer CUWL=2 from=Default to=Branch
license Basic borrowed=1 available=0
# Licenses of a family that only lends upwards do not exist: Essential may go although CUWL is short.
report b CUWL=9 Basic=2 -> OUT_OF_COMPLIANCE
order Essential=2
transfer Essential=2 from=Default to=Branch
license CUWL va=Branch quantity=2 in-use=9 available=-7
# A family that is short by the same number as before is not made worse.
transfer Essential=2 from=Branch to=Default
