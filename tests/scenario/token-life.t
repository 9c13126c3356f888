# Days and uses of registration tokens, one tick before and after.
order Enhanced=5
token T1 days=1 uses=2
token-is T1 ACTIVE uses=0
product a
product b
product c
register a token=T1
token-is T1 ACTIVE uses=1
advance 1d -1ms
token-is T1 ACTIVE
register b token=T1
token-is T1 EXHAUSTED uses=2
register c token=T1 -> TOKEN_EXHAUSTED says="2 uses"
advance 1ms
token-is T1 EXPIRED
register c token=T1 -> TOKEN_EXPIRED says="expired on"
# Revoked: no product registers, those registered stay.
token T2
register c token=T2
revoke T2
token-is T2 REVOKED
report c Enhanced=1 -> AUTHORIZED
deregister c
register c token=T2 -> TOKEN_REVOKED
# Any number of uses.
token T3 days=3650
register c token=T3
token-is T3 ACTIVE uses=1
# What cannot be made.
token T4 days=0 -> INVALID_REQUEST
token T4 days=3651 -> INVALID_REQUEST
token T4 uses=-1 -> INVALID_REQUEST
token T4 uses=1000001 -> INVALID_REQUEST
token T4 export -> EXPORT_NOT_ALLOWED
token T4 va=Nowhere -> VIRTUAL_ACCOUNT_UNKNOWN
token T4 account=Nobody -> ACCOUNT_UNKNOWN
revoke nonsense -> TOKEN_UNKNOWN
events token.create=3 token.revoke=1
