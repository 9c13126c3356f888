# Which error wins when two apply (protocol section 4): parse, UNSUPPORTED_REQUEST, identity, signature, retry and
# replay, CLOCK_SKEW, certificate state, account, SYNC_EXPIRED, data; INVALID_CSR precedes the signature.
order Enhanced=5
token T1
product ucm1
product ucm2
product never
register ucm1 token=T1
register ucm2 token=T1
# parse before all
post "not a message" -> BAD_REQUEST
post '{"signature":{"type":"SHA-256","value":""},"credential":null,"request":"{}"}' -> BAD_REQUEST
# UNSUPPORTED_REQUEST before identity, signature and clock
send THIRD_PARTY_KEY never unsigned clock=5h -> UNSUPPORTED_REQUEST
send THIRD_PARTY_KEY ucm1 flip -> UNSUPPORTED_REQUEST
send RESERVATION ucm1 -> UNSUPPORTED_REQUEST
# identity before signature
report ucm1 Enhanced=1 piid=00000000-0000-4000-8000-000000000000 signed-by=ucm2 -> UNKNOWN_INSTANCE
report ucm1 Enhanced=1 serial=12345 flip -> UNKNOWN_INSTANCE
report ucm1 Enhanced=1 serial=@ucm2 -> UNKNOWN_INSTANCE
report never Enhanced=1 -> UNKNOWN_INSTANCE
# signature before replay, clock and data
report ucm1 Enhanced=1 as=m1
report ucm1 Enhanced=1 nonce=@m1 flip clock=5h -> INVALID_SIGNATURE
report ucm1 Enhanced=1 unsigned clock=5h -> INVALID_SIGNATURE
report ucm1 Enhanced=1 signed-by=ucm2 -> INVALID_SIGNATURE
report ucm1 Enhanced=-1 Enhanced=1 flip -> INVALID_SIGNATURE
# replay before clock
report ucm1 nonce=@m1 Enhanced=2 clock=5h -> REPLAY
# clock before certificate state
renew ucm2
report ucm2 Enhanced=1
report ucm2 cert=1 Enhanced=1 clock=5h -> CLOCK_SKEW
report ucm2 cert=1 Enhanced=1 -> CERTIFICATE_REVOKED
# certificate state before account
deactivate Acme
report ucm2 cert=1 Enhanced=1 -> CERTIFICATE_REVOKED
# account before data
report ucm1 Enhanced=-1 -> ACCOUNT_INACTIVE
report ucm1 data='{"entitlements":"many"}' -> ACCOUNT_INACTIVE
activate Acme
report ucm1 Enhanced=-1 -> INVALID_REQUEST says=count
# account before SYNC_EXPIRED, that before data
advance 90d
report ucm1 Enhanced=-1 -> SYNC_EXPIRED
deactivate Acme
report ucm1 Enhanced=1 -> ACCOUNT_INACTIVE
activate Acme
report ucm1 Enhanced=1 -> SYNC_EXPIRED
