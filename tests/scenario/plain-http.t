# Over plain HTTP everything works but REGISTRATION, which carries a token.
order Enhanced=5
token T1
product ucm1
register ucm1 token=T1 plain -> HTTPS_REQUIRED
# It precedes the signature, but not what cannot be read or is not supported.
register ucm1 token=T1 plain flip -> HTTPS_REQUIRED
send THIRD_PARTY_KEY ucm1 plain -> UNSUPPORTED_REQUEST
token-is T1 ACTIVE uses=0
register ucm1 token=T1
report ucm1 Enhanced=5 plain -> AUTHORIZED
renew ucm1 plain
report ucm1 Enhanced=5 plain flip -> INVALID_SIGNATURE
report ucm1 Enhanced=5 plain -> AUTHORIZED
deregister ucm1 plain
