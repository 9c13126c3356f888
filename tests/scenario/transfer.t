# Licenses move between local virtual accounts: what is free moves, a refusal names the numbers, force moves what is
# in use.
order Enhanced=10
virtual-account add Branch
token T1
product a
register a token=T1
report a Enhanced=7
transfer Enhanced=4 from=Default to=Branch -> NOT_ENOUGH says="3 free in 'Default': 10 owned, 7 in use"
transfer Enhanced=3 from=Default to=Branch
license Enhanced quantity=7 in-use=7 available=0
license Enhanced va=Branch quantity=3
transfer Enhanced=1 from=Default to=Branch -> NOT_ENOUGH says="0 free"
transfer Enhanced=2 from=Default to=Branch force
report a Enhanced=7 -> OUT_OF_COMPLIANCE
license Enhanced quantity=5 available=-2 status="Out Of Compliance"
license Enhanced va=Branch quantity=5
# Not more than there is, not even by force.
transfer Enhanced=6 from=Default to=Branch force -> NOT_ENOUGH
transfer Enhanced=6 from=Branch to=Default -> NOT_ENOUGH
transfer Enhanced=0 from=Branch to=Default -> INVALID_REQUEST
transfer Enhanced=-1 from=Branch to=Default -> INVALID_REQUEST
transfer Enhanced=1 from=Branch to=Branch -> INVALID_REQUEST
transfer Enhanced=1 from=Branch to=Nowhere -> VIRTUAL_ACCOUNT_UNKNOWN
transfer Nothing=1 from=Branch to=Default -> ENTITLEMENT_UNKNOWN
transfer Basic=1 from=Branch to=Default -> NOT_ENOUGH
transfer Enhanced=5 from=Branch to=Default
report a Enhanced=7 -> AUTHORIZED
events license.transfer=3
# A later synchronization keeps where licenses lie.
transfer Enhanced=3 from=Default to=Branch
sync
license Enhanced quantity=7
license Enhanced va=Branch quantity=3
# The account grows: the new ones are in the default virtual account.
order Enhanced=5
license Enhanced quantity=12
license Enhanced va=Branch quantity=3
