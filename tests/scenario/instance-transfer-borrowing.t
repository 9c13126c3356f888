# What a moved product instance uses may be borrowed in its new virtual account, but nobody there is made short by it.
order CUWL=5 Basic=3 Enhanced=10
virtual-account add Branch
transfer CUWL=2 from=Default to=Branch
transfer Basic=1 from=Default to=Branch
token T1
token TB va=Branch
product mover
product local
register mover token=T1
register local token=TB
report mover Basic=3 -> AUTHORIZED
transfer-instance mover to=Branch
license Basic va=Branch quantity=1 in-use=3 borrowed=2 status="In Compliance"
license CUWL va=Branch lent=2 available=0
report mover Basic=3 -> AUTHORIZED
transfer-instance mover to=Default
# Of the two CUWL there is one left to lend.
report local CUWL=1
transfer-instance mover to=Branch -> NOT_ENOUGH says="uses 3 of"
transfer-instance mover to=Branch -> NOT_ENOUGH says="2 are free"
report mover Basic=2
transfer-instance mover to=Branch
license CUWL va=Branch in-use=1 lent=1 available=0 status="In Compliance"
transfer-instance mover to=Default
# Several kinds of one family together: each alone would fit.
report local CUWL=0
report mover Basic=2 Enhanced=2
transfer-instance mover to=Branch -> NOT_ENOUGH says="uses 2 of UC Manager Basic"
report mover Basic=1 Enhanced=2
transfer-instance mover to=Branch
license Enhanced va=Branch in-use=2 borrowed=2
transfer-instance mover to=Default
# Where a lower tier is short already, it would become shorter: it lives on what is lent.
report local Essential=9 -> OUT_OF_COMPLIANCE
license Essential va=Branch borrowed=3 available=-6
report mover Basic=1
transfer-instance mover to=Branch -> NOT_ENOUGH says=" 0 are free"
# A shortage that the newcomer does not touch does not matter.
report local TelePresenceRoom=9 -> OUT_OF_COMPLIANCE
transfer-instance mover to=Branch
license Basic va=Branch in-use=1 available=0
