# Pools are per local virtual account: a shortage in one is none in the other.
order Enhanced=5
virtual-account add Branch
virtual-account add branch -> VIRTUAL_ACCOUNT_EXISTS says=Branch
virtual-account add "" -> NAME_INVALID
token TD
token TB va=Branch
product a
product b
register a token=TD -> OK virtual-account=Default
register b token=TB -> OK virtual-account=Branch
report a Enhanced=5 -> AUTHORIZED
report b Enhanced=1 -> OUT_OF_COMPLIANCE
expect a status=Authorized
expect b status="Out Of Compliance"
report a Enhanced=4
transfer Enhanced=1 from=Default to=Branch
report b Enhanced=1 -> AUTHORIZED
report a Enhanced=4 -> AUTHORIZED
# A virtual account in use stays.
virtual-account delete Branch -> VIRTUAL_ACCOUNT_IN_USE says="holds 1 product instance and 1 license."
virtual-account delete Default -> VIRTUAL_ACCOUNT_DEFAULT
virtual-account delete Nowhere -> VIRTUAL_ACCOUNT_UNKNOWN
deregister b
virtual-account delete Branch -> VIRTUAL_ACCOUNT_IN_USE says="holds 1 license."
transfer Enhanced=1 from=Branch to=Default
virtual-account delete Branch
# Its tokens are void, its former products still get a true answer.
product c
register c token=TB -> TOKEN_REVOKED
report b Enhanced=1 -> CERTIFICATE_REVOKED
register b token=TB -> TOKEN_REVOKED
register b token=TD -> OK identifier=new
license Enhanced quantity=5 in-use=4
