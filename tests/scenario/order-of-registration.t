# The order of checks of REGISTRATION: the request for a certificate, the signature, retry, clock, account,
# SYNC_EXPIRED, the token, ALREADY_REGISTERED.
order Enhanced=5
token T1
token ONE uses=1
token OLD days=1
token GONE
revoke GONE
product ucm1
product ucm2
product copy udi=ucm1
# INVALID_CSR before the signature
register ucm1 token=T1 csr=broken flip -> INVALID_CSR
register ucm1 token=T1 csr=altered -> INVALID_CSR
register ucm1 token=T1 csr=none -> INVALID_REQUEST says=csr
register ucm1 token=T1 csr=null -> INVALID_REQUEST says=csr
# signature before clock and token
register ucm1 token=nonsense signed-by=ucm2 clock=5h -> INVALID_SIGNATURE
register ucm1 token=nonsense unsigned -> INVALID_SIGNATURE
register ucm1 token=nonsense flip -> INVALID_SIGNATURE
# clock before token
register ucm1 token=nonsense clock=61min -> CLOCK_SKEW
register ucm1 token=nonsense clock=-61min -> CLOCK_SKEW
# the token
register ucm1 token=nonsense -> INVALID_TOKEN says="The token 'nonsense' is not valid"
register ucm1 token=GONE -> TOKEN_REVOKED
register ucm1 token=T1 data='{"software_tag_identifier":""}' -> INVALID_REQUEST says=software_tag_identifier
register ucm1 token=T1 data='{"force":"yes"}' -> INVALID_REQUEST says=force
register ucm1 token=T1 data='{"token":7}' -> INVALID_REQUEST says=token
register ucm1 token=T1 without=software_tag_identifier -> INVALID_REQUEST says=software_tag_identifier
register ucm1 token=ONE
# token before ALREADY_REGISTERED
register copy token=ONE -> TOKEN_EXHAUSTED
register copy token=GONE -> TOKEN_REVOKED
register copy token=nonsense -> INVALID_TOKEN
register copy token=T1 -> ALREADY_REGISTERED
advance 1d
register copy token=OLD -> TOKEN_EXPIRED
# account before token
deactivate Acme
register copy token=OLD -> ACCOUNT_INACTIVE
register ucm2 token=ONE -> ACCOUNT_INACTIVE
register ucm2 token=GONE -> ACCOUNT_INACTIVE
activate Acme
token LONG days=365
advance 89d
# SYNC_EXPIRED before token
register copy token=OLD -> SYNC_EXPIRED
register ucm2 token=ONE -> SYNC_EXPIRED
register ucm2 token=LONG -> SYNC_EXPIRED
deactivate Acme
register ucm2 token=LONG -> ACCOUNT_INACTIVE
activate Acme
sync
register ucm2 token=LONG
